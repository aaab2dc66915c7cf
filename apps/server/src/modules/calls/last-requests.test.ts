import { afterEach, beforeEach, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { linesText, logLine, openCallsWorld } from './calls.test-world.ts'
import { LastRequestTimes } from './last-requests.ts'

let world: Awaited<ReturnType<typeof openCallsWorld>>
beforeEach(async () => {
  world = await openCallsWorld()
  await world.addService('never')
})
afterEach(() => world.close())

const at = (second: number) => new Date(Date.UTC(2026, 2, 1, 8, 0, second))
const line = (second: number, part: Parameters<typeof logLine>[0] = {}) =>
  logLine({ time: at(second).toISOString(), ...part })

test('the last request of a service is known as soon as it is recorded, also to the next control plane', async () => {
  const times = new LastRequestTimes()
  world.record({ onRecorded: (calls) => times.add(calls) })
  // Lines are in the order in which requests ended, but nothing may rely on that.
  await world.write(linesText(line(2), line(5), line(3)))
  await waitFor(() => times.lastAt('echo'), { timeoutMs: patienceMs })
  expect([times.lastAt('echo'), times.lastAt('never')]).toEqual([at(5), null])
  const next = new LastRequestTimes()
  next.load(await world.recordings.lastRequests())
  expect([next.lastAt('echo'), next.lastAt('never')]).toEqual([at(5), null])
})

test('the last request of a deleted service is not that of the next service with its ID', () => {
  const times = new LastRequestTimes()
  const known = [{ serviceId: 'echo', at: at(5) }]
  times.load(known)
  times.forget('echo')
  expect(times.lastAt('echo')).toBeNull()
})

test('a request that the gateway refuses does not keep a service awake, but one that the service itself refuses does', async () => {
  const times = new LastRequestTimes()
  world.record({ onRecorded: (calls) => times.add(calls) })
  await world.write(
    linesText(
      line(1, { status: 502, error: 'gateway.upstream_broken' }),
      line(8, { status: 401, error: 'auth.required' }),
      line(9, { status: 403, error: 'auth.service_not_allowed' }),
    ),
  )
  await waitFor(async () => (await world.countOf('calls')) === 3, { timeoutMs: patienceMs })
  await waitFor(() => times.lastAt('echo'), { timeoutMs: patienceMs })
  expect(times.lastAt('echo')).toEqual(at(1))
  expect(await world.recordings.lastRequests()).toEqual([{ serviceId: 'echo', at: at(1) }])
})
