import { expect, test } from 'vitest'
import { waitFor } from '../lib/wait-for.ts'
import { startHourly } from './hourly.ts'

const hour = 3_600_000

test('each piece of work is done right after the start, and one that fails does not stop the others', async () => {
  const done: string[] = []
  const logged: unknown[] = []
  const broken = async () => {
    done.push('broken')
    throw new Error('no room')
  }
  const logger = { error: (...line: unknown[]) => void logged.push(line) }
  const hourly = startHourly({ broken, good: async () => done.push('good') }, { logger, everyMs: hour })
  await waitFor(() => done.length === 2, { timeoutMs: 30_000 })
  await hourly.close()
  expect(done).toEqual(['broken', 'good'])
  expect(logged).toEqual([[{ err: new Error('no room') }, 'broken']])
})

test('the work is repeated, and never twice at the same time', async () => {
  let [rounds, atOnce, most] = [0, 0, 0]
  const work = async () => {
    atOnce += 1
    most = Math.max(most, atOnce)
    // Longer than the interval.
    await new Promise((resolve) => setTimeout(resolve, 10))
    atOnce -= 1
    rounds += 1
  }
  const hourly = startHourly({ work }, { logger: { error: () => {} }, everyMs: 1 })
  expect(await waitFor(() => rounds >= 3, { timeoutMs: 30_000 })).toBe(true)
  await hourly.close()
  expect(most).toBe(1)
})

test('nothing is done after closing, which waits for the current piece', async () => {
  const done: string[] = []
  let go = () => {}
  const gate = new Promise<void>((resolve) => (go = resolve))
  let hasBegun = () => {}
  const begun = new Promise<void>((resolve) => (hasBegun = resolve))
  const first = async () => {
    hasBegun()
    await gate
    done.push('first')
  }
  const works = { first, second: async () => done.push('second') }
  const hourly = startHourly(works, { logger: { error: () => {} }, everyMs: hour })
  await begun
  const closed = hourly.close().then(() => done.push('closed'))
  go()
  await closed
  expect(done).toEqual(['first', 'closed'])
})
