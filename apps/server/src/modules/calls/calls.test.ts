import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { call, callSummary } from '@vitrine/contract'
import { z } from 'zod'
import { createTestApp, testActor } from '../../../../../tests/support/test-app.ts'
import { apiKeys } from '../api-keys/api-keys.tables.ts'
import { shares } from '../shares/shares.tables.ts'
import { roles, users } from '../users/users.tables.ts'
import type { RecordedCall } from './call-line.ts'
import { createCallsRepository } from './calls.repository.ts'
import { addCallRoutes } from './calls.routes.ts'
import { openCallsWorld } from './calls.test-world.ts'
import { forgetCallsOf, forgetOldCalls, keyUsesOf } from './calls.usecases.ts'

let world: Awaited<ReturnType<typeof openCallsWorld>>
let app: Awaited<ReturnType<typeof createTestApp>>
beforeEach(async () => {
  world = await openCallsWorld()
  const limited = { ...testActor('user'), serviceIds: ['other'] }
  app = await createTestApp({ limited })
  const calls = createCallsRepository(world)
  addCallRoutes(app, { calls, services: world.services, clock: () => new Date(start) })
})
afterEach(async () => {
  await app.close()
  await world.close()
})

const start = Date.parse('2026-03-01T08:00:00.000Z')
let position = 0

/** Stores calls that are a second apart. */
async function keep(...parts: Partial<RecordedCall>[]): Promise<RecordedCall[]> {
  const calls = parts.map((part, place) => ({
    serviceId: 'echo',
    release: 1,
    instanceId: 'echo-r1-1',
    caller: null,
    method: 'POST',
    route: '/predict',
    status: 200,
    latencyMs: 10,
    bytesIn: 1,
    bytesOut: 2,
    requestId: randomUUID(),
    error: null,
    kept: null,
    time: new Date(start + place * 1_000),
    ...part,
  }))
  const read = { file: 'a', from: position, to: ++position, calls, replicaOf: () => 1 }
  expect(await world.recordings.record(read)).not.toBeNull()
  return calls
}
beforeEach(() => {
  position = 0
})

const answer = z.object({ items: z.array(call), total: z.number(), more: z.boolean() })
const ask = async (query = '', role = 'user') =>
  answer.parse((await app.inject({ url: `/api/v1/calls${query}`, headers: { 'x-test-role': role } })).json())
const idsOf = async (query: string) => (await ask(query)).items.map(({ request_id }) => request_id)
const statusOf = async (query: string, role = 'user') =>
  (await app.inject({ url: `/api/v1/calls${query}`, headers: { 'x-test-role': role } })).statusCode

test('calls are listed page by page, with the newest first', async () => {
  const [first, second, third] = await keep({}, {}, {})
  expect(await idsOf('?page_size=2')).toEqual([third?.requestId, second?.requestId])
  expect(await idsOf('?page_size=2&page=2')).toEqual([first?.requestId])
  expect(await ask('?page=9')).toEqual({ items: [], total: 3, more: false })
})

test('each filter finds its own calls, and filters can be combined', async () => {
  const [slow, failed, moved, other] = await keep(
    { caller: 'key:00000000-0000-4000-8000-000000000001' },
    { status: 503, error: 'service.starting' },
    { status: 301 },
    { serviceId: 'other', status: 500 },
  )
  const found = async (query: string) => (await idsOf(query)).toSorted()
  const ids = (...calls: (RecordedCall | undefined)[]) => calls.map((each) => each?.requestId).toSorted()
  expect(await found('?service_id=other')).toEqual(ids(other))
  expect(await found('?status=5xx')).toEqual(ids(failed, other))
  expect(await found('?status=3xx')).toEqual(ids(moved))
  expect(await found('?status=5xx&service_id=echo')).toEqual(ids(failed))
  expect(await found('?caller=key:00000000-0000-4000-8000-000000000001')).toEqual(ids(slow))
  expect(await found(`?request_id=${moved?.requestId}`)).toEqual(ids(moved))
  expect(await found('?from=2026-03-01T08:00:01.000Z&to=2026-03-01T08:00:02.000Z')).toEqual(
    ids(failed, moved),
  )
})

const [nightJob, person] = [
  'key:00000000-0000-4000-8000-000000000001',
  'user:00000000-0000-4000-8000-000000000002',
]

test('calls are found by the kind of their caller and by how long they took at least', async () => {
  const [job, byPerson, nobody] = await keep(
    { caller: nightJob, latencyMs: 2_000 },
    { caller: person, latencyMs: 1_999 },
    { latencyMs: 3_000 },
  )
  expect(await idsOf('?caller_kind=key')).toEqual([job?.requestId])
  expect(await idsOf('?caller_kind=user')).toEqual([byPerson?.requestId])
  expect(await idsOf('?caller_kind=share')).toEqual([])
  expect(await idsOf('?caller_kind=anonymous')).toEqual([nobody?.requestId])
  expect(await idsOf('?min_ms=2000')).toEqual([nobody?.requestId, job?.requestId])
  expect(await idsOf('?min_ms=2000&caller_kind=key')).toEqual([job?.requestId])
})

const summaryOf = async (query = '', role = 'user') =>
  callSummary.parse(
    (await app.inject({ url: `/api/v1/calls/summary${query}`, headers: { 'x-test-role': role } })).json(),
  )
const filled = ({ latency }: Awaited<ReturnType<typeof summaryOf>>) =>
  latency.flatMap(({ from_ms, to_ms, calls, errors }) => (calls > 0 ? [[from_ms, to_ms, calls, errors]] : []))

test('latencies are summed up in ranges that begin where the filter by latency does', async () => {
  await keep(
    ...[0.4, 10, 14, 15, 700_000].map((latencyMs) => ({ latencyMs })),
    { latencyMs: 12, status: 502 },
    { latencyMs: 12, serviceId: 'other' },
  )
  const summary = await summaryOf('?service_id=echo')
  expect(filled(summary)).toEqual([
    [0, 1, 1, 0],
    [10, 15, 3, 1],
    [15, 20, 1, 0],
    [600_000, null, 1, 0],
  ])
  expect([summary.calls, summary.errors, summary.p50_ms]).toEqual([6, 1, 13])
  expect(filled(await summaryOf('?service_id=echo&min_ms=15'))).toHaveLength(2)
  expect(await summaryOf('?service_id=none')).toMatchObject({
    calls: 0,
    errors: 0,
    p50_ms: null,
    callers: [],
  })
  expect((await summaryOf('', 'limited')).calls).toBe(1)
})

test('the caller who took the most time comes first, and others stay there when one is chosen', async () => {
  await keep(
    { caller: nightJob, latencyMs: 900 },
    { caller: nightJob, latencyMs: 700, status: 500 },
    ...Array.from({ length: 3 }, () => ({ caller: person, latencyMs: 10 })),
    {},
  )
  const { callers, calls } = await summaryOf(`?caller=${person}`)
  expect(calls).toBe(3)
  expect(
    callers.map(({ caller, calls: count, errors, p50_ms }) => [caller?.kind, count, errors, p50_ms]),
  ).toEqual([
    ['key', 2, 1, 800],
    ['user', 3, 0, 10],
    [undefined, 1, 0, 10],
  ])
})

const fileOf = async (query = '', role = 'user') => {
  const { headers, body } = await app.inject({
    url: `/api/v1/calls/file${query}`,
    headers: { 'x-test-role': role },
  })
  return { headers, lines: body.trimEnd().split('\r\n') }
}

test('the file has every matching call once, newest first, however many are read at once', async () => {
  const kept = await keep(
    ...Array.from({ length: 2_000 }, () => ({ time: new Date(start) })),
    { status: 500, requestId: 'newest' },
    { serviceId: 'other' },
  )
  const { headers, lines } = await fileOf('?service_id=echo')
  expect(headers['content-disposition']).toBe('attachment; filename="calls-20260301T080000.csv"')
  expect(lines[0]).toMatch(/^\uFEFFtime,service_id,/)
  expect(lines[1]).toContain(',newest,')
  const ids = lines.slice(1).map((line) => line.split(',')[13])
  expect(ids.toSorted()).toEqual(
    kept
      .filter(({ serviceId }) => serviceId === 'echo')
      .map(({ requestId }) => requestId)
      .toSorted(),
  )
  expect((await fileOf('?status=5xx')).lines).toHaveLength(2)
  expect((await fileOf('', 'limited')).lines).toHaveLength(2)
})

test('what a caller writes into a path is no formula in the file', async () => {
  await keep({ method: '=1+1', route: '@SUM(A1)', requestId: '+cmd' })
  const { lines } = await fileOf()
  expect(lines[1]).toContain(",'=1+1,'@SUM(A1),")
  expect(lines[1]).toContain(",'+cmd,")
})

test('callers have names: people and keys by name, links by title; a deleted caller keeps only its id', async () => {
  const [user, key, share] = [randomUUID(), randomUUID(), randomUUID()]
  const gone = randomUUID()
  await world.db.insert(roles).values({ name: 'user', description: '' }).onConflictDoNothing()
  await world.db.insert(users).values({ id: user, username: 'anna', passwordHash: 'x', role: 'user' })
  await world.db
    .insert(apiKeys)
    .values({ id: key, ownerId: user, name: 'ci', prefix: 'vtk_', sha256: 'x', scopes: ['run'] })
  await world.db.insert(shares).values({
    id: share,
    tokenHash: 'x',
    kind: 'stage',
    targetId: 'echo',
    title: 'For you',
    text: '',
    mayRun: true,
    createdById: user,
    createdBy: 'anna',
  })
  const callers = [`user:${user}`, `key:${key}`, `share:${share}`, `user:${gone}`, 'user:no-uuid', null]
  await keep(...callers.map((caller) => ({ caller })))
  const shown = (await ask()).items.toReversed().map(({ caller }) => caller)
  expect(shown).toEqual([
    { kind: 'user', id: user, name: 'anna' },
    { kind: 'key', id: key, name: 'ci' },
    { kind: 'share', id: share, name: 'For you' },
    { kind: 'user', id: gone, name: null },
    null,
    null,
  ])
})

test('the total is counted only up to ten thousand and says so', async () => {
  await keep(...Array.from({ length: 10_001 }, () => ({})))
  const page = await ask('?page_size=50&page=200')
  expect([page.items.length, page.total, page.more]).toEqual([50, 10_000, true])
  expect((await ask('?page_size=50&page=201')).items).toEqual([])
  expect((await ask('?page_size=300&page=34')).items).toHaveLength(100)
})

test('a key that is limited to services sees only their calls', async () => {
  const [, other] = await keep({}, { serviceId: 'other' })
  const seen = await ask('', 'limited')
  expect([seen.total, seen.items.map(({ request_id }) => request_id)]).toEqual([1, [other?.requestId]])
  expect((await ask('?service_id=echo', 'limited')).total).toBe(0)
})

test('a viewer may not see the callers, and invalid filters are refused', async () => {
  expect(await statusOf('', 'viewer')).toBe(403)
  expect(await statusOf('', 'nobody')).toBe(401)
  for (const path of ['/summary', '/file'])
    expect([path, await statusOf(path, 'viewer')]).toEqual([path, 403])
  for (const query of [
    '?caller_kind=robot',
    '?min_ms=-1',
    '?status=9xx',
    '?service_id=a/b',
    '?from=yesterday',
    '?page=0',
    '?page_size=10000',
  ])
    expect([query, await statusOf(query)]).toEqual([query, 422])
})

test('calls are deleted after the set number of days, and sums when no chart shows them any more', async () => {
  const now = new Date(start + 30 * 86_400_000 + 500)
  await keep(...Array.from({ length: 5_001 }, () => ({ time: new Date(start) })), {
    time: new Date(start + 1_000),
  })
  expect(await forgetOldCalls(world, { days: 30, now })).toBe(5_001)
  expect((await ask()).total).toBe(1)
  const sums = await createCallsRepository(world).sumsOf({
    serviceId: 'echo',
    stepS: 3_600,
    since: new Date(0),
    replica: null,
  })
  expect(sums).toEqual([])
})

const summed = async (serviceId: string) => {
  const all = { serviceId, stepS: 21_600, since: new Date(0), replica: null }
  return (await createCallsRepository(world).sumsOf(all)).map(({ calls }) => calls)
}

test('the next service with the ID of a deleted one begins without calls, also if the last lines of that are read late', async () => {
  await keep(...Array.from({ length: 5_001 }, () => ({})), { serviceId: 'other' })
  await world.services.delete('echo')
  await forgetCallsOf(world, 'echo', null)
  await keep({ time: new Date(start + 1_000) })
  await world.addService('echo', new Date(start + 5_000))
  await keep({ time: new Date(start + 2_000) })
  expect([(await ask('?service_id=echo')).total, await summed('echo')]).toEqual([0, []])
  const [own] = await keep({ time: new Date(start + 6_000) })
  expect([await idsOf('?service_id=echo'), await summed('echo')]).toEqual([[own?.requestId], [1]])
  expect([(await ask('?service_id=other')).total, await summed('other')]).toEqual([1, [1]])
})

test('the last use of a key is the last of its calls', () => {
  const id = randomUUID()
  const [early, late] = [new Date(1_000), new Date(2_000)]
  const calls = [late, early].map((time) => ({ caller: `key:${id}`, time }))
  expect(keyUsesOf([...calls, { caller: `user:${id}`, time: late }])).toEqual(new Map([[id, late]]))
})
