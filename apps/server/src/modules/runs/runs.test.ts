import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { pageOf, run, type Run } from '@vitrine/contract'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { platformActor } from '../../lib/actor.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { deploymentTransactions } from '../deployments/deployments.assembly.ts'
import { switchRelease } from '../deployments/switch-release.ts'
import type { RunEvent } from './events/run-events.ts'
import { openRunsWorld, outputOf } from './runs.test-world.ts'
import { createPastRunsRepository } from './history/past-runs.repository.ts'
import { beginRun } from './admission/begin-run.ts'
import { forgetOldRuns } from './history/forget-old-runs.ts'
import { planRun } from './admission/plan-run.ts'
import { startRun } from './runs.usecases.ts'

let world: Awaited<ReturnType<typeof openRunsWorld>>
beforeAll(async () => {
  world = await openRunsWorld()
  await world.addService('echo')
})
afterAll(() => world.close())

const body = (parameters: object = {}, input_data: unknown[] = ['hello']) => ({
  service_id: 'echo',
  input_data,
  parameters,
})
const list = async (role = 'user') =>
  pageOf(run).parse((await world.send(role, 'GET', '/runs?page_size=500')).json())
const follow = (id: string): RunEvent[] => {
  const heard: RunEvent[] = []
  world.running.executor.follow(id, (event) => heard.push(event))
  return heard
}
const outputsIn = (events: readonly RunEvent[]) => events.filter(({ event }) => event === 'output')

test('the growing tracks of a video are kept once for later listeners, and not once for each growth', async () => {
  const id = await world.start('user', body({ grow: 200, size: 20_000, hold: true }))
  const last = (events: readonly RunEvent[]) => JSON.stringify(outputsIn(events).at(-1)?.data ?? '')
  await waitFor(() => last(follow(id)).includes('x200'), { timeoutMs: patienceMs })
  const heard = follow(id)
  expect(outputsIn(heard)).toHaveLength(1)
  await world.send('user', 'POST', `/runs/${id}/cancel`)
  expect((await world.ended(id)).status).toBe('cancelled')
})

test('a run ends whatever characters its algorithm writes, and those that the database cannot store become U+FFFD', async () => {
  const id = await world.start('user', body({ odd: true, grow: 0 }))
  // Until its end is stored, the run is read from memory, which is newer than its row.
  await world.running.executor.settled(id)
  const ended = await world.ended(id)
  expect(ended).toMatchObject({ status: 'succeeded', logs: 'zero \uFFFD and half \uFFFD\n' })
  expect(outputOf(ended, 'odd')).toBe('a\uFFFDb\uFFFDc\\u0000')
})

test('if the database is unreachable when a run ends, the end is stored once it is back', async () => {
  const { runs } = world.running
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const id = await world.start('user', body({ grow: 3, size: 10, hold: true }))
  await waitFor(() => outputsIn(follow(id)).length > 0, { timeoutMs: patienceMs })
  const save = vi.spyOn(runs, 'end')
  for (let times = 0; times < 4; times++) save.mockRejectedValueOnce(away)
  await world.send('user', 'POST', `/runs/${id}/cancel`)
  await world.running.executor.settled(id)
  expect((await runs.get(id))?.run.status).toBe('cancelled')
  expect(save).toHaveBeenCalledTimes(5)
  save.mockRestore()
})

test('runs are listed by how they ended', async () => {
  const id = await world.start('user', body({ hold: true }))
  await world.send('user', 'POST', `/runs/${id}/cancel`)
  await world.ended(id)
  const ofEnd = async (end: string) =>
    pageOf(run).parse((await world.send('user', 'GET', `/runs?status=${end}`)).json()).items
  expect(new Set((await ofEnd('cancelled')).map(({ status }) => status))).toEqual(new Set(['cancelled']))
  expect((await ofEnd('succeeded')).map((one) => one.id)).not.toContain(id)
})

test('a run counts for the instance that executes it until it has ended', async () => {
  const { executor } = world.running
  const instance = world.monitor.ofService('echo')[0]?.id ?? ''
  expect(executor.runsOn(instance)).toBe(0)
  const id = await world.start('user', body({ hold: true }))
  await waitFor(() => executor.runsOn(instance) === 1, { timeoutMs: patienceMs })
  expect([executor.runsOn(instance), executor.runsOn('another')]).toEqual([1, 0])
  const settled = executor.settled(id)
  await world.send('user', 'POST', `/runs/${id}/cancel`)
  await settled
  expect(executor.runsOn(instance)).toBe(0)
})

test('a person can repeat their run with the same input, parameters and release', async () => {
  const first = await world.ended(await world.start('user', body({ a: 1 })))
  const answer = await world.send('user', 'POST', `/runs/${first.id}/again`)
  expect(answer.statusCode).toBe(202)
  const second = await world.ended(answer.json().run_id)
  expect(second.id).not.toBe(first.id)
  const { input_data, parameters, release, commit } = first
  expect(second).toMatchObject({ input_data, parameters, release, commit, status: 'succeeded' })
})

test('a run of an older release is repeated on that release, or on the current one if that release was deleted', async () => {
  const actor = testActor('user')
  const plan = await planRun(world.running, { actor, serviceId: 'echo', release: 1 })
  const older = await beginRun(world.running, plan, { actor, inputData: ['a'], parameters: {} })
  await world.ended(older.id)
  const again = async () =>
    world.ended((await world.send('user', 'POST', `/runs/${older.id}/again`)).json().run_id)
  const same = await again()
  expect([same.release, outputOf(same, 'release')]).toEqual([1, { value: 1 }])
  await world.removeRelease('echo', 1)
  const serving = await again()
  expect([serving.release, outputOf(serving, 'release')]).toEqual([2, { value: 2 }])
  await world.addRelease('echo', 1)
})

/** The messages about the failure of a run, for readers of both languages. */
const messagesOf = async (id: string) => {
  const read = async (language: string) => {
    const headers = { 'x-test-role': 'user', 'accept-language': language }
    return run.parse((await world.app.inject({ url: `/api/v1/runs/${id}`, headers })).json()).error?.message
  }
  return [await read('zh'), await read('en')]
}
const cancelledWords = ['运行已取消', 'The run was cancelled']

test('the reason for a failure is in the reader’s language: in the run, in the list and in the events', async () => {
  const id = await world.start('user', body({ hold: true }))
  const under = await waitFor(() => world.running.executor.kept(id).length > 0, { timeoutMs: patienceMs })
  expect(under).toBe(true)
  await world.send('user', 'POST', `/runs/${id}/cancel`)
  await world.ended(id)
  expect(await messagesOf(id)).toEqual(cancelledWords)
  for (const [index, lang] of ['zh', 'en'].entries()) {
    const headers = { 'x-test-role': 'user', accept: 'text/event-stream' }
    const told = await world.app.inject({ url: `/api/v1/runs/${id}/events?lang=${lang}`, headers })
    expect(told.body).toContain(cancelledWords[index])
    expect(told.body).not.toContain(cancelledWords[1 - index])
    const listed = await world.app.inject({
      url: '/api/v1/runs?page_size=500',
      headers: { 'x-test-role': 'user', 'accept-language': lang },
    })
    const { items } = pageOf(run).parse(listed.json())
    expect(items.find((item) => item.id === id)?.error?.message).toBe(cancelledWords[index])
  }
})

test('another person’s run cannot be repeated', async () => {
  const id = await world.start('user', body())
  const answer = await world.send('stranger', 'POST', `/runs/${id}/again`)
  expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'run.not_found'])
})

test('everybody may see the platform’s run of a demo input, but only an administrator may end it', async () => {
  const asked = { actor: platformActor, serviceId: 'echo', inputData: ['demo'], parameters: { hold: true } }
  const { id } = await startRun(world.running, asked)
  expect((await world.send('viewer', 'GET', `/runs/${id}`)).json().input_data).toEqual(['demo'])
  const refused = await world.send('user', 'POST', `/runs/${id}/cancel`)
  expect([refused.statusCode, refused.json().error.code]).toEqual([404, 'run.not_found'])
  expect((await world.send('admin', 'POST', `/runs/${id}/cancel`)).statusCode).toBe(202)
  await world.ended(id)
})

test('the list leaves out large results and inputs and all logs, which the run itself has', async () => {
  const small = await world.ended(await world.start('user', body()))
  const large = await world.ended(await world.start('user', body({ size: 70_000 })))
  const heavy = await world.ended(await world.start('user', body({}, ['y'.repeat(70_000)])))
  const { items } = await list()
  const listed = (of: Run) => items.find((item) => item.id === of.id)
  expect(listed(small)?.result).toEqual(small.result)
  expect(listed(large)).toMatchObject({ result: null, input_data: ['hello'], status: 'succeeded' })
  expect(listed(heavy)).toMatchObject({ result: null, input_data: [] })
  expect(String(outputOf(large, 'big'))).toHaveLength(70_000)
})

test('files that an algorithm returns have addresses at the gateway', async () => {
  const done = await world.ended(await world.start('user', body()))
  expect(outputOf(done, 'prefix')).toBe('/ai/echo')
})

test('a running run is listed with its current state', async () => {
  const id = await world.start('user', body({ hold: true }))
  const state = async () => (await list()).items.find((item) => item.id === id)?.status
  expect(await waitFor(async () => (await state()) === 'running', { timeoutMs: patienceMs })).toBe(true)
  await world.send('user', 'POST', `/runs/${id}/cancel`)
  await world.ended(id)
})

test('media deep inside a run’s element are checked too', async () => {
  const asset_id = await world.addAsset(world.stranger.id)
  const answer = await world.send('user', 'POST', '/runs', body({}, [{ left: [{ asset_id }] }]))
  expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'asset.not_found'])
})

test('a field with that name whose value cannot be an asset id belongs to the algorithm', async () => {
  const done = await world.ended(await world.start('user', body({}, [{ asset_id: 'PUMP-7' }])))
  expect(outputOf(done, 'input')).toEqual({ asset_id: 'PUMP-7' })
})

test('an API key cannot run a service outside its limits', async () => {
  const actor = { ...testActor('user'), serviceIds: ['other'] }
  const asked = startRun(world.running, { actor, serviceId: 'echo', inputData: ['a'], parameters: {} })
  await expect(asked).rejects.toMatchObject({ code: 'auth.service_not_allowed' })
})

test('old runs are deleted by age and number, but not those of comparisons, links (however many) and the showcase', async () => {
  await world.addService('aged')
  const newRun = async (role = 'user') =>
    (await world.ended(await world.start(role, { ...body(), service_id: 'aged' }))).id
  const shared = await newRun()
  const targets = [{ service_id: 'aged' }, { service_id: 'aged' }]
  const compared = await world.send('user', 'POST', '/comparisons', { input: { input_data: ['a'] }, targets })
  const { cells } = await world.comparisonOf('user', compared.json().comparison_id)
  const inComparison = cells.map((cell) => cell.run_id ?? '')
  for (const id of inComparison) await world.ended(id)
  const request = { actor: platformActor, serviceId: 'aged', inputData: ['a'], parameters: {} }
  const sample = await world.ended((await startRun(world.running, request)).id)
  const [, second, third] = [await newRun(), await newRun(), await newRun()]
  // More than a statement can have as parameters.
  const except = [shared, ...Array.from({ length: 66_000 }, () => randomUUID())]
  const left = async () =>
    (await world.send('admin', 'GET', '/runs?service_id=aged')).json().items.map((item: Run) => item.id)
  const forget = (days: number, perService: number, ahead = 0) =>
    forgetOldRuns(
      { pastRuns: createPastRunsRepository(world) },
      {
        retention: { days, perService },
        except,
        now: new Date(Date.now() + ahead),
      },
    )
  await forget(1, 2)
  expect(new Set(await left())).toEqual(new Set([shared, ...inComparison, sample.id, second, third]))
  await forget(1, 100, 2 * 24 * 3600 * 1000)
  expect(new Set(await left())).toEqual(new Set([shared, ...inComparison, sample.id]))
})

test('a run that waited for its turn during a deploy is executed by the release for which it was started', async () => {
  const id = 'switched'
  await world.addService(id)
  const gate = join(tmpdir(), `vitrine-test-gate-${randomUUID()}`)
  const held = { ...body({ grow: 1, hold: true, gate }), service_id: id }
  // As many runs as the instance gets at once, and one more that waits.
  const first = [await world.start('user', held), await world.start('user', held)]
  const onInstance = () => world.running.executor.runsOn(`${id}-r2-1`)
  expect(await waitFor(() => onInstance() === 2, { timeoutMs: patienceMs })).toBe(true)
  const waiting = await world.start('user', { ...body(), service_id: id })
  await switchRelease({ inTransaction: deploymentTransactions(world.db) }, id, 1)
  world.monitor.withdraw(`${id}-r2-1`)
  await writeFile(gate, '')
  for (const one of first) expect((await world.ended(one)).status).toBe('succeeded')
  const done = await world.ended(waiting)
  expect([done.status, outputOf(done, 'release')]).toEqual(['succeeded', { value: 2 }])
})

test('a run on a sleeping service wakes it, and counts as its last use', async () => {
  const { runs } = world.running
  const startedAt = Date.now()
  const before = await runs.lastAt(['echo'])
  await world.addService('sleeper')
  expect((await runs.lastAt(['sleeper', 'echo'])).has('sleeper')).toBe(false)
  await world.putToSleep('sleeper')
  const id = await world.start('user', { ...body(), service_id: 'sleeper' })
  expect((await world.ended(id)).status).toBe('succeeded')
  expect(world.woken).toEqual(['sleeper'])
  const last = await runs.lastAt(['sleeper', 'echo'])
  expect(last.get('sleeper')?.getTime()).toBeGreaterThanOrEqual(startedAt)
  expect(last.get('echo')).toEqual(before.get('echo'))
})

test('a stopped service is not woken', async () => {
  await world.addService('stopped')
  await world.putToSleep('stopped')
  await world.running.services.update('stopped', { desired: 'stopped' })
  const refused = await world.send('user', 'POST', '/runs', { ...body(), service_id: 'stopped' })
  expect([refused.statusCode, refused.json().error.code]).toEqual([503, 'service.not_ready'])
})

test('runs that wait are let in as soon as another instance takes requests', async () => {
  const id = 'grown'
  await world.addService(id)
  const { executor, runQueue } = world.running
  const held = { ...body({ hold: true }), service_id: id }
  const runs = [await world.start('user', held), await world.start('user', held)]
  expect(await waitFor(() => executor.runsOn(`${id}-r2-1`) === 2, { timeoutMs: patienceMs })).toBe(true)
  runs.push(await world.start('user', held))
  expect(await waitFor(() => runQueue.waiting(id, 2) === 1, { timeoutMs: patienceMs })).toBe(true)
  const added = await world.addReplica(id, 2)
  expect(await waitFor(() => executor.runsOn(added) === 1, { timeoutMs: patienceMs })).toBe(true)
  expect(runQueue.waiting(id, 2)).toBe(0)
  for (const one of runs) await world.send('user', 'POST', `/runs/${one}/cancel`)
})
