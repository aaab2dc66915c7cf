import { afterAll, beforeAll, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { openCodeWorld } from './code.test-world.ts'

let world: Awaited<ReturnType<typeof openCodeWorld>>
beforeAll(async () => {
  world = await openCodeWorld()
})
afterAll(() => world.close())

test('looks at histories of one person take turns, so that those of others are answered', async () => {
  const id = 'many-looks'
  await world.upload(id, { 'a.txt': 'one' })
  const { codeHost } = world.deps
  const history = codeHost.history.bind(codeHost)
  let begun = 0
  let letPass = () => {}
  const mayPass = new Promise<void>((resolve) => (letPass = resolve))
  codeHost.history = async (...of) => {
    begun += 1
    await mayPass
    return history(...of)
  }
  const untilBegun = (count: number) => waitFor(() => begun === count, { timeoutMs: patienceMs })
  const looks = [1, 2, 3, 4].map(() => world.get(`/${id}/commits`))
  expect(await untilBegun(2)).toBe(true)
  const other = world.get(`/${id}/commits`, 'neighbour')
  expect(await untilBegun(3)).toBe(true)
  letPass()
  const answers = await Promise.all([...looks, other])
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200])
  codeHost.history = history
})

test('an archive that was received makes room for the next', async () => {
  const id = 'many-archives'
  await world.upload(id, { 'a.txt': 'one' })
  for (let n = 0; n < 4; n += 1) expect((await world.get(`/${id}/archive?format=zip`)).statusCode).toBe(200)
  expect((await world.get(`/${id}/archive?format=zip&ref=nowhere`)).statusCode).toBe(404)
})
