import { createParser } from 'eventsource-parser'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { comparison, pageOf, type Comparison } from '@vitrine/contract'
import { waitFor } from '../../lib/wait-for.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { recoverRuns } from '../runs/recovery/recover-runs.ts'
import { openRunsWorld, outputOf } from '../runs/runs.test-world.ts'
import { runs } from '../runs/runs.tables.ts'
import { comparisonIn } from './comparisons.state.ts'
import { readComparison, startComparison } from './comparisons.usecases.ts'

let world: Awaited<ReturnType<typeof openRunsWorld>>
let origin: string
beforeAll(async () => {
  world = await openRunsWorld()
  origin = await world.app.listen({ host: '127.0.0.1', port: 0 })
  await world.addService('one')
  await world.addService('two')
  await world.addService('down', { starts: false })
})
afterAll(() => world.close())

const input = { input_data: ['hello'] }
const target = (service_id: string, extra: object = {}) => ({ service_id, ...extra })

async function compare(targets: object[], role = 'user', body: object = { input }): Promise<string> {
  const answer = await world.send(role, 'POST', '/comparisons', { targets, ...body })
  expect(answer.statusCode, answer.body).toBe(202)
  return answer.json().comparison_id
}

async function settled(id: string, role = 'user'): Promise<Comparison> {
  const found = await waitFor(
    async () => {
      const now = await world.comparisonOf(role, id)
      return now.status !== 'queued' && now.status !== 'running' && now
    },
    { timeoutMs: patienceMs },
  )
  if (!found) throw new Error(`comparison ${id} did not end`)
  // Until their ends are stored, its runs are read from memory, and followers hear how they went.
  for (const { run_id } of found.cells) await world.running.executor.settled(run_id ?? '')
  return found
}

const words = (of: Comparison) => of.cells.map((cell) => cell.error?.code ?? cell.status)
const runIn = (of: Comparison, column: number) => world.ended(of.cells[column]?.run_id ?? '')

test('one person has a limited number of comparisons, also if they start several at once, and a refused one runs nothing', async () => {
  const before = world.quotas.person.comparisons
  world.quotas.person.comparisons = 2
  const payload = { targets: [target('one'), target('two')], input }
  const ask = () => world.send('user', 'POST', '/comparisons', payload)
  const answers = await Promise.all([ask(), ask(), ask()])
  const made = answers.filter(({ statusCode }) => statusCode === 202)
  const refused = answers.find(({ statusCode }) => statusCode !== 202)
  expect(made.length, answers.map(({ body }) => body).join('\n')).toBe(2)
  expect([refused?.statusCode, refused?.json().error.code]).toEqual([409, 'quota.comparisons'])
  const runsNow = (await world.send('user', 'GET', '/runs')).json().total
  expect(runsNow).toBe(4)
  for (const answer of made) {
    const id: string = answer.json().comparison_id
    await settled(id)
    expect((await world.send('user', 'DELETE', `/comparisons/${id}`)).statusCode).toBe(204)
  }
  await settled(await compare([target('one'), target('two')]))
  world.quotas.person.comparisons = before
})

test('every target runs on the same input with its own parameters', async () => {
  const id = await compare([target('one', { parameters: { a: 1 } }), target('two', { parameters: { a: 2 } })])
  const done = await settled(id)
  expect([done.status, ...words(done)]).toEqual(['succeeded', 'succeeded', 'succeeded'])
  const [first, second] = [await runIn(done, 0), await runIn(done, 1)]
  expect([first.service_id, first.parameters, outputOf(first, 'input')]).toEqual(['one', { a: 1 }, 'hello'])
  expect([second.service_id, second.parameters]).toEqual(['two', { a: 2 }])
})

test('an older release runs from its stored files next to the current one, which keeps serving', async () => {
  const done = await settled(await compare([target('one'), target('one', { release: 1 })]))
  expect(words(done)).toEqual(['succeeded', 'succeeded'])
  const [serving, older] = [await runIn(done, 0), await runIn(done, 1)]
  expect([outputOf(serving, 'release'), serving.release, serving.commit]).toEqual([
    { value: 2 },
    2,
    'commit-2',
  ])
  expect([outputOf(older, 'release'), older.release, older.commit]).toEqual([{ value: 1 }, 1, 'commit-1'])
  expect(world.monitor.ofService('one').map((instance) => instance.id)).toEqual(['one-r2-1'])
})

test('a cell that cannot run fails with its reason and does not affect others', async () => {
  const targets = [
    target('down'),
    target('one', { release: 9 }),
    target('two'),
    target('one', { parameters: { fail: true } }),
  ]
  const done = await settled(await compare(targets))
  expect(words(done)).toEqual(['service.not_ready', 'run.release_not_kept', 'succeeded', 'broken'])
  expect(done.status).toBe('partial')
})

test('a comparison whose cells all fail has failed', async () => {
  const failing = target('one', { parameters: { fail: true } })
  expect((await settled(await compare([failing, failing]))).status).toBe('failed')
})

test.each([
  ['a service that does not exist', [target('one'), target('nothing')], 404, 'service.not_found'],
  [
    'a release that does not exist',
    [target('one'), target('one', { release: 77 })],
    404,
    'release.not_found',
  ],
  ['one target', [target('one')], 422, 'request.invalid'],
  ['five targets', Array.from({ length: 5 }, () => target('one')), 422, 'request.invalid'],
])('%s is refused, and nothing is begun', async (_name, targets, status, code) => {
  const before = (await world.send('admin', 'GET', '/runs')).json().total
  const answer = await world.send('user', 'POST', '/comparisons', { input, targets })
  expect([answer.statusCode, answer.json().error.code]).toEqual([status, code])
  expect((await world.send('admin', 'GET', '/runs')).json().total).toBe(before)
})

test('media of another person cannot be compared, however deep in the input they are named', async () => {
  const asset_id = await world.addAsset(world.stranger.id)
  const targets = [target('one'), target('two')]
  for (const hidden of [{ asset_id }, { input_data: [{ picture: { asset_id } }] }]) {
    const answer = await world.send('user', 'POST', '/comparisons', { input: hidden, targets })
    expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'asset.not_found'])
  }
})

test('an API key cannot compare services that it is not limited to', async () => {
  const limited = { ...testActor('user'), serviceIds: ['one'] }
  const asked = startComparison(world.comparisons, {
    actor: limited,
    title: '',
    input,
    targets: ['one', 'two'].map((service_id) => ({ service_id, parameters: {} })),
  })
  await expect(asked).rejects.toMatchObject({ code: 'auth.service_not_allowed' })
})

test('people see only their own comparisons, administrators see all', async () => {
  const id = await compare([target('one'), target('two')], 'stranger')
  await settled(id, 'stranger')
  for (const [method, path, payload] of [
    ['GET', '', undefined],
    ['GET', '/events', undefined],
    ['PATCH', '', { title: 'mine' }],
    ['DELETE', '', undefined],
  ] as const)
    expect((await world.send('user', method, `/comparisons/${id}${path}`, payload)).statusCode).toBe(404)
  const listed = async (role: string) =>
    pageOf(comparison)
      .parse((await world.send(role, 'GET', '/comparisons?page_size=500')).json())
      .items.map((item) => item.id)
  expect(await listed('user')).not.toContain(id)
  expect(await listed('stranger')).toEqual([id])
  expect(await listed('admin')).toContain(id)
})

test('a title can be changed and searched; deleting a comparison leaves its runs', async () => {
  const id = await compare([target('one'), target('two')], 'user', { input, title: 'Vor 50% Rabatt' })
  const done = await settled(id)
  const renamed = await world.send('user', 'PATCH', `/comparisons/${id}`, { title: 'After 50% off' })
  expect(renamed.json().title).toBe('After 50% off')
  const found = await world.send('user', 'GET', `/comparisons?q=${encodeURIComponent('50% off')}`)
  expect(found.json().items.map((item: Comparison) => item.id)).toEqual([id])
  expect((await world.send('user', 'DELETE', `/comparisons/${id}`)).statusCode).toBe(204)
  expect((await world.send('user', 'GET', `/comparisons/${id}`)).statusCode).toBe(404)
  expect((await runIn(done, 0)).status).toBe('succeeded')
})

test('after a restart, cells whose instances do not store results have failed as interrupted, and the others stay', async () => {
  const id = await compare([target('one', { parameters: { hold: true, grow: 1 } }), target('two')])
  const [left, right] = (await world.comparisonOf('user', id)).cells.map(({ run_id }) => run_id ?? '')
  // A run that has not reached its instance would begin again after the restart.
  const hasReached = () => world.running.executor.kept(left ?? '').some(({ event }) => event === 'output')
  expect(await waitFor(hasReached, { timeoutMs: patienceMs })).toBe(true)
  expect((await world.ended(right ?? '')).status).toBe('succeeded')
  expect((await world.comparisonOf('user', id)).status).toBe('running')
  await world.running.executor.close()
  await recoverRuns(world.running)
  await settled(id)
  const after = await readComparison(
    world.comparisons,
    { actor: testActor('user'), id },
    world.running.reading.open('test'),
  )
  const says = (language: 'zh' | 'en') =>
    comparisonIn(after, { language, mayReadLogs: true, mayReadPorts: true }).cells[0]?.error?.message
  expect(says('zh')).toContain('平台在运行期间重新启动')
  expect(says('en')).toContain('does not keep runs whose caller has disconnected')
  expect([
    after.status,
    ...words(comparisonIn(after, { language: 'en', mayReadLogs: true, mayReadPorts: true })),
  ]).toEqual(['partial', 'run.interrupted', 'succeeded'])
})

const told = z.object({ run_id: z.string(), event: z.string(), data: z.json() })

/** Follows a comparison. The events are complete once the stream has ended. */
async function follow(id: string) {
  const answer = await fetch(`${origin}/api/v1/comparisons/${id}/events`, {
    headers: { 'x-test-role': 'user', accept: 'text/event-stream' },
  })
  return async () => {
    const events: { name: string | undefined; of: z.infer<typeof told> }[] = []
    const parser = createParser({
      onEvent: ({ event, data }) => events.push({ name: event, of: told.parse(JSON.parse(data)) }),
    })
    parser.feed(await answer.text())
    return events
  }
}

test('one stream reports the findings of all runs as they happen, and ends with the last run', async () => {
  const growing = { grow: 3, size: 10, hold: true }
  const id = await compare([
    target('one', { parameters: growing }),
    target('two', { parameters: growing }),
    target('two', { parameters: { fail: true } }),
  ])
  const ids = (await world.comparisonOf('user', id)).cells.map(({ run_id }) => run_id ?? '')
  const hasFound = (run: string) => JSON.stringify(world.running.executor.kept(run)).includes('x3')
  await waitFor(() => ids.slice(0, 2).every(hasFound), { timeoutMs: patienceMs })
  await world.ended(ids[2] ?? '')
  const ending = await follow(id)
  for (const run of ids.slice(0, 2)) await world.send('user', 'POST', `/runs/${run}/cancel`)
  const events = await ending()
  expect(new Set(events.map(({ name }) => name))).toEqual(new Set(['run']))
  const namesOf = (run: string) => events.flatMap(({ of }) => (of.run_id === run ? of.event : []))
  for (const run of ids.slice(0, 2)) expect(namesOf(run)).toEqual(['status', 'output', 'status'])
  expect(namesOf(ids[2] ?? '')).toEqual(['status'])
  const last = events.findLast(({ of }) => of.run_id === ids[0])
  expect(last?.of.data).toMatchObject({ id: ids[0], status: 'cancelled' })
})

test('following a finished comparison gives the state of its runs and nothing more', async () => {
  const id = await compare([target('one'), target('two')])
  await settled(id)
  const events = await (await follow(id))()
  expect(events.map(({ of }) => of.data)).toMatchObject([{ status: 'succeeded' }, { status: 'succeeded' }])
})

test('a comparison keeps its results when one of its services is deleted, and says which run is gone', async () => {
  await world.addService('short-lived')
  const id = await compare([target('one'), target('short-lived')])
  await settled(id)
  await world.instances.runner.remove('short-lived-r2-1')
  await world.running.services.delete('short-lived')
  const after = await world.comparisonOf('user', id)
  expect(words(after)).toEqual(['succeeded', 'succeeded'])
  const run = after.cells[1]?.run_id ?? ''
  expect((await world.send('user', 'GET', `/runs/${run}`)).json().status).toBe('succeeded')
  await world.db.delete(runs).where(eq(runs.id, run))
  const without = await world.comparisonOf('user', id)
  expect([without.cells[1]?.run_id, words(without).at(-1)]).toEqual([null, 'comparison.run_gone'])
})
