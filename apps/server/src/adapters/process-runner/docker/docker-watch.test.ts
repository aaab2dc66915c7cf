import { once } from 'node:events'
import { expect, test } from 'vitest'
import { patienceMs } from '../../../../../../tests/support/patience.ts'
import { watchDocker } from './docker-watch.ts'

test('Docker is asked again after a look that failed', async () => {
  const errors: unknown[] = []
  const seen: string[][] = []
  let looks = 0
  const ending = new AbortController()
  const watching = watchDocker(
    {
      engine: {
        listen: async ({ open }, signal) => {
          open()
          await once(signal, 'abort')
        },
        ping: async () => 'OK',
        list: async () => [{ id: 'one', instance: 'a', isOurs: true, isAlive: true }],
      },
      isIdle: () => {
        looks += 1
        if (looks === 1) throw new Error('not now')
        return false
      },
      on: {
        here: () => undefined,
        away: () => undefined,
        event: () => undefined,
        alive: (alive) => void seen.push([...alive]),
        error: (error) => void errors.push(error),
      },
    },
    ending.signal,
  )
  await expect.poll(() => seen[0], { timeout: patienceMs }).toEqual(['one'])
  expect(errors).toMatchObject([{ message: 'not now' }])
  ending.abort()
  await watching
})
