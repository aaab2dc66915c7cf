import { afterAll, beforeAll, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { neighbour, openWorld, smallest } from '../algorithms/algorithms.test-world.ts'
import { serveGit } from './git-host.test-world.ts'

const people: Record<string, ReturnType<typeof testActor>> = { owner: testActor('user'), neighbour }
const id = 'wanted'

let world: Awaited<ReturnType<typeof openWorld>>
let host: Awaited<ReturnType<typeof serveGit>>
/** How many requests have got as far as the look at their algorithm, and what lets them go on. */
let begun = 0
let letPass = () => {}
let mayPass = Promise.resolve()
beforeAll(async () => {
  world = await openWorld()
  const { algorithms } = world.deps
  const get: typeof algorithms.get = async (...of) => {
    begun += 1
    await mayPass
    return algorithms.get(...of)
  }
  host = await serveGit(world, {
    actorOf: (password) => people[password] ?? null,
    algorithms: { algorithms: { ...algorithms, get } },
  })
  await world.send('', { files: { 'ai_algorithm.py': smallest }, fields: { algorithm_id: id } })
})
afterAll(() => world.close())

const stop = () => {
  begun = 0
  mayPass = new Promise((resolve) => (letPass = resolve))
}
const untilBegun = (count: number) => waitFor(() => begun === count, { timeoutMs: patienceMs })
type Asking = { method?: string; headers?: Record<string, string>; body?: string; signal?: AbortSignal }
const ask = (path: string, who: string, init: Asking = {}) =>
  fetch(`${host.origin}/git/${id}.git/${path}`, {
    ...init,
    headers: { authorization: `Basic ${Buffer.from(`any:${who}`).toString('base64')}`, ...init.headers },
  })
const post = (service: string) => ({
  method: 'POST',
  headers: { 'content-type': `application/x-${service}-request` },
  body: '00000000',
})

test.each([
  ['lists of refs', 'info/refs?service=git-upload-pack', {}],
  ['fetches', 'git-upload-pack', post('git-upload-pack')],
  ['pushes', 'git-receive-pack', post('git-receive-pack')],
])('%s of one person take turns, so that those of others are answered', async (_what, path, init) => {
  stop()
  const own = Array.from({ length: 5 }, () => ask(path, 'owner', init))
  expect(await untilBegun(3)).toBe(true)
  const other = ask(path, 'neighbour', init)
  expect(await untilBegun(4)).toBe(true)
  letPass()
  const ended = await Promise.all([...own, other].map(async (answer) => (await answer).text()))
  expect(ended).toHaveLength(6)
  expect(begun).toBe(6)
})

test('a fetch whose client leaves while it waits begins nothing', async () => {
  stop()
  const path = 'info/refs?service=git-upload-pack'
  const own = [1, 2, 3].map(() => ask(path, 'owner'))
  expect(await untilBegun(3)).toBe(true)
  const leaving = new AbortController()
  const waits = ask(path, 'owner', { signal: leaving.signal }).catch(() => 'left')
  const queue = world.deps.gitQueues.fetches
  expect(await waitFor(() => queue.waiting() === 1, { timeoutMs: patienceMs })).toBe(true)
  leaving.abort()
  expect(await waits).toBe('left')
  expect(await waitFor(() => queue.waiting() === 0, { timeoutMs: patienceMs })).toBe(true)
  letPass()
  await Promise.all(own)
  expect(begun).toBe(3)
})
