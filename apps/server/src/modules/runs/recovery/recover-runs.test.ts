import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patienceMs } from '../../../../../../tests/support/patience.ts'
import { z } from 'zod'
import { testActor } from '../../../../../../tests/support/test-app.ts'
import { requestAt } from '../../../lib/endpoint-request.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { algorithmServices } from '../../services/services.tables.ts'
import { recoverRuns } from './recover-runs.ts'
import { createRunQueue } from '../admission/queue.ts'
import type { RunEvent } from '../events/run-events.ts'
import { someFacts } from '../facts/run-facts.test-setup.ts'
import { openRunsWorld, outputOf } from '../runs.test-world.ts'
import { beginRun } from '../admission/begin-run.ts'
import { planRun } from '../admission/plan-run.ts'

let world: Awaited<ReturnType<typeof openRunsWorld>>
beforeAll(async () => {
  world = await openRunsWorld()
  await world.addService('echo')
})
afterAll(() => world.close())

const gate = () => join(tmpdir(), `vitrine-test-gate-${randomUUID()}`)
const open = (path: string) => writeFile(path, '')
const begin = (parameters: object, service_id = 'echo') =>
  world.start('user', { service_id, input_data: ['hello'], parameters })
/** What the next control plane has. Its queue of runs is new and empty. */
const nextControlPlane = () => ({ ...world.running, runQueue: createRunQueue(world.running) })
/** Ends one control plane and starts the next, as far as runs are concerned. */
async function restart(): Promise<void> {
  await world.running.executor.close()
  await recoverRuns(nextControlPlane())
}
const isHeard = async (id: string, what: RunEvent['event']) => {
  const heard = () => world.running.executor.kept(id).some(({ event }) => event === what)
  expect(await waitFor(heard, { timeoutMs: patienceMs })).toBe(true)
}
const held = z.object({ kept: z.array(z.string()), calls: z.number() })
const atInstance = async (service = 'echo') => {
  const endpoint = world.monitor.ofService(service)[0]?.endpoint
  if (!endpoint) throw new Error('it does not run')
  return held.parse(await (await requestAt(endpoint, '/kept')).body.json())
}

test('a run that its instance keeps continues with all earlier events, and ends once', async () => {
  const path = gate()
  const id = await begin({ keep: true, grow: 3, hold: true, gate: path })
  await isHeard(id, 'log')
  const { calls } = await atInstance()
  await restart()
  await isHeard(id, 'log')
  const kinds = world.running.executor.kept(id).map(({ event }) => event)
  expect(kinds.filter((kind) => kind !== 'status')).toEqual(['output', 'log'])
  expect((await world.send('user', 'GET', `/runs/${id}`)).json().status).toBe('running')
  await open(path)
  const done = await world.ended(id)
  expect([done.status, done.logs, outputOf(done, 'input')]).toEqual(['succeeded', 'line\n', 'hello'])
  expect((await atInstance()).calls).toBe(calls)
})

test('if the end of a run was received but not stored, the next control plane stores it and the instance deletes the prediction', async () => {
  const { runs } = world.running
  const path = gate()
  const id = await begin({ keep: true, hold: true, gate: path })
  await isHeard(id, 'log')
  // This control plane is killed between the answer and the write of the row, so it does nothing from here on.
  const killed = vi.spyOn(runs, 'end').mockImplementationOnce(() => new Promise(() => {}))
  await open(path)
  expect(await waitFor(() => killed.mock.calls.length > 0, { timeoutMs: patienceMs })).toBe(true)
  killed.mockRestore()
  expect((await runs.get(id))?.run.status).toBe('running')
  await recoverRuns(nextControlPlane())
  const done = await world.ended(id)
  expect([done.status, done.logs]).toEqual(['succeeded', 'line\n'])
  const isForgotten = async () => (await atInstance()).kept.length === 0
  expect(await waitFor(isForgotten, { timeoutMs: patienceMs })).toBe(true)
})

test('a run whose end cannot be stored does not fail: the next control plane gets its result from the instance', async () => {
  const { runs, executor } = world.running
  const path = gate()
  const id = await begin({ keep: true, hold: true, gate: path })
  await isHeard(id, 'log')
  const refused = vi
    .spyOn(runs, 'end')
    .mockImplementation(() => Promise.reject(new Error('the disk is full')))
  await open(path)
  expect(await waitFor(() => refused.mock.calls.length > 0, { timeoutMs: patienceMs })).toBe(true)
  await executor.close()
  expect(refused.mock.calls.map(([run]) => run.status)).toEqual(['succeeded'])
  refused.mockRestore()
  expect((await atInstance()).kept).toHaveLength(1)
  await recoverRuns(nextControlPlane())
  const done = await world.ended(id)
  expect([done.status, outputOf(done, 'input')]).toEqual(['succeeded', 'hello'])
})

test('the end of a run is written once, and a second one changes nothing', async () => {
  const { runs } = world.running
  const id = await begin({})
  const done = await world.ended(id)
  const stored = await runs.get(id)
  if (!stored) throw new Error('no run')
  expect(await runs.end({ ...stored.run, status: 'failed' })).toBe(false)
  expect((await world.send('user', 'GET', `/runs/${id}`)).json().status).toBe(done.status)
})

test('a run of a program that keeps no predictions fails, and says why it could not continue', async () => {
  const id = await begin({ hold: true, grow: 1 })
  await isHeard(id, 'output')
  await restart()
  const done = await world.ended(id)
  expect(done.error?.code).toBe('run.interrupted')
  const headers = { 'x-test-role': 'user', 'accept-language': 'en' }
  const english = await world.app.inject({ url: `/api/v1/runs/${id}`, headers })
  expect(english.json().error.message).toContain('does not keep runs whose caller has disconnected')
})

test('a run that had not reached an instance begins again without a second request', async () => {
  const actor = testActor('user')
  const plan = await planRun(world.running, { actor, serviceId: 'echo' })
  const runQueue = { ...world.running.runQueue, enter: () => new Promise<never>(() => {}) }
  const ended = { ...nextControlPlane(), runQueue }
  const { id } = await beginRun(ended, plan, { actor, inputData: ['queued'], parameters: {} })
  expect((await world.running.runs.get(id))?.run.status).toBe('queued')
  await recoverRuns(nextControlPlane())
  const done = await world.ended(id)
  expect([done.status, outputOf(done, 'input')]).toEqual(['succeeded', 'queued'])
})

test('a run that had not reached an instance is not begun on another service that has the ID by now', async () => {
  const actor = testActor('user')
  await world.addService('reused', { starts: false })
  const plan = await planRun(world.running, { actor, serviceId: 'reused' })
  const runQueue = { ...world.running.runQueue, enter: () => new Promise<never>(() => {}) }
  const ended = { ...nextControlPlane(), runQueue }
  const { id } = await beginRun(ended, plan, { actor, inputData: ['queued'], parameters: {} })
  await world.db
    .update(algorithmServices)
    .set({ createdAt: new Date(Date.now() + 60_000) })
    .where(eq(algorithmServices.id, 'reused'))
  await recoverRuns(nextControlPlane())
  expect((await world.ended(id)).error?.code).toBe('run.service_replaced')
})

/** A run for which an earlier control plane had stored that it was about to call an instance. */
async function leftBeforeItsCall(generation: string | null): Promise<string> {
  const { runs } = world.running
  const { run } = await runs.insert({
    serviceId: 'echo',
    release: 2,
    commit: null,
    inputData: ['about to'],
    parameters: {},
    createdById: testActor('user').id,
    createdBy: 'user',
    linksOf: null,
    facts: someFacts,
  })
  const instanceId = world.monitor.ofService('echo')[0]?.id ?? ''
  const call = { instanceId, generation, predictionId: randomUUID(), kept: null }
  await runs.begin({ ...run, status: 'running', started_at: new Date().toISOString() }, call)
  return run.id
}

test('a run whose call never reached its instance begins again, because it had no effect', async () => {
  const report = world.monitor.ofService('echo')[0]?.report
  const id = await leftBeforeItsCall(report?.generation ?? null)
  await recoverRuns(nextControlPlane())
  const done = await world.ended(id)
  expect([done.status, outputOf(done, 'input')]).toEqual(['succeeded', 'about to'])
})

test('a run that may have reached a process that has ended does not begin again', async () => {
  const id = await leftBeforeItsCall('an earlier process')
  await recoverRuns(nextControlPlane())
  const done = await world.ended(id)
  expect([done.error?.code, done.error?.details]).toEqual(['run.interrupted', { why: 'instance_ended' }])
})

test('a run of an older release says that its temporary instance has ended', async () => {
  const actor = testActor('user')
  const plan = await planRun(world.running, { actor, serviceId: 'echo', release: 1 })
  const parameters = { keep: true, hold: true, gate: gate() }
  const { id } = await beginRun(world.running, plan, { actor, inputData: ['a'], parameters })
  await isHeard(id, 'log')
  await world.running.executor.close()
  await world.temporary.endOf('echo')
  await recoverRuns(nextControlPlane())
  expect((await world.ended(id)).error?.details).toEqual({ why: 'temporary_ended' })
})

test('a continued run can be cancelled, and its instance ends it', async () => {
  const id = await begin({ keep: true, hold: true, gate: gate() })
  await isHeard(id, 'log')
  await restart()
  await isHeard(id, 'log')
  expect((await atInstance()).kept).toHaveLength(1)
  await world.send('user', 'POST', `/runs/${id}/cancel`)
  expect((await world.ended(id)).status).toBe('cancelled')
  const isDeleted = async () => (await atInstance()).kept.length === 0
  expect(await waitFor(isDeleted, { timeoutMs: patienceMs })).toBe(true)
})
