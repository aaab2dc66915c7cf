import { afterAll, beforeAll, expect, test } from 'vitest'
import { endpoints, errorBody, task, type ApiEndpoint } from '@vitrine/contract'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { echo } from '../platform/packages.ts'
import { readEvents, type ApiClient } from '../support/api-client.ts'
import { multipart } from '../support/multipart.ts'
import { patienceMs } from '../support/patience.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import type { Foreign } from './limited-key.attempts.ts'
import { cases } from './limited-key.cases.ts'

const id = z.object({ id: z.string() })
let platform: TestPlatform
/** The person: an administrator, so that only the limit of their key can refuse anything. */
let person: ApiClient
/** Their key with every scope, limited to the service `mine`. */
let limited: ApiClient
let foreign: Foreign

const upload = async (client: ApiClient, name: string) => {
  const bytes = new TextEncoder().encode('words')
  return (await client.call('POST', '/assets', id, { form: await multipart({ media: { name, bytes } }) })).id
}
const tusUpload = async (client: ApiClient) => {
  const headers = { 'tus-resumable': '1.0.0', 'upload-length': '9' }
  const { headers: answered } = await client.request('POST', '/uploads', { headers })
  return answered.get('location')?.split('/').at(-1) ?? ''
}
const newKey = (name: string, service_ids: string[] | null) =>
  person.post('/api-keys', id.extend({ key: z.string() }), { name, scopes: ['admin'], service_ids })

/** A run, a comparison, a link and a call of a service. */
async function use(service: string) {
  const run = await person.post('/runs', z.object({ run_id: z.string() }), {
    service_id: service,
    input_data: ['a'],
  })
  await person.runEnd(run.run_id)
  const targets = [{ service_id: service }, { service_id: service }]
  const input = { input_data: ['a'] }
  const compared = z.object({ comparison_id: z.string() })
  const comparison = await person.post('/comparisons', compared, { input, targets, title: `of ${service}` })
  const share = await person.post('/shares', id, { kind: 'run', target_id: run.run_id, title: service })
  await person.post('/shares', id, { kind: 'comparison', target_id: comparison.comparison_id })
  await person.post('/shares', id, { kind: 'stage', target_id: service })
  expect((await person.predict(service, ['a'])).status).toBe(200)
  return { run: run.run_id, comparison: comparison.comparison_id, share: share.id }
}

beforeAll(async () => {
  platform = await startPlatform()
  person = await platform.admin()
  for (const service of ['mine', 'theirs']) await person.publish(service, echo())
  limited = person.with((await newKey('limited to mine', ['mine'])).key)
  await upload(limited, 'of the key.txt')
  await use('mine')
  const tasks = z.object({ items: z.array(task) })
  const [deploy] = (await person.get('/tasks?service_id=theirs', tasks)).items
  foreign = {
    ...(await use('theirs')),
    task: deploy?.id ?? '',
    asset: await upload(person, 'of theirs.txt'),
    key: (await newKey('not limited, also for theirs', null)).id,
    upload: await tusUpload(person),
  }
  const hasCalls = async () => {
    const { total } = await person.get('/calls', z.object({ total: z.number() }))
    return total >= 2
  }
  expect(await waitFor(hasCalls, { timeoutMs: patienceMs, slowingToMs: 250 })).toBe(true)
}, 240_000)
afterAll(() => platform?.dispose(), 120_000)

type Sent = { status: number; code: string | null }

async function send(client: ApiClient, method: string, path: string, options = {}): Promise<Sent> {
  const abort = new AbortController()
  const response = await client.request(method, path, { ...options, signal: abort.signal })
  if (response.ok) {
    // A stream would not end.
    abort.abort()
    return { status: response.status, code: null }
  }
  const body = errorBody.safeParse(await response.json().catch(() => null))
  return { status: response.status, code: body.data?.error.code ?? null }
}

const queries = { '/diff': '?from=1&to=1', '/api/operation': '?method=get&path=/' }
/** The path of a route with `theirs` for its object, and the query that it must have. */
const atTheirs = (path: string) => {
  const query = Object.entries(queries).find(([end]) => path.endsWith(end))?.[1] ?? ''
  return path.replace('{number}', '1').replaceAll(/\{\w+\}/g, 'theirs') + query
}

const routes = Object.entries(cases).map(([key, each]) => {
  const [method = '', path = ''] = key.split(' ')
  return { key, method, path, each }
})
const specs: Record<string, ApiEndpoint> = endpoints

test.each(routes)('$key does not go beyond the limit of a key', async ({ key, method, path, each }) => {
  if (each === 'public') return expect(specs[key]?.access).toBe('public')
  if (each === 'nothing') return expect(specs[key]?.about).toMatch(/^(nothing|listed)$/)
  if (each === 'closed') {
    const sent = await send(limited, method, path.replaceAll(/\{\w+\}/g, foreign.key))
    // What needs a person says so; everything else names the limit.
    return expect(sent).toEqual({ status: 403, code: 'auth.key_limited' })
  }
  if (each === 'service' || each === 'algorithm')
    return expect(await send(limited, method, atTheirs(path))).toEqual({
      status: 403,
      code: 'auth.service_not_allowed',
    })
  if ('shows' in each) {
    const text = await (await limited.request(method, `${path}?page_size=500`)).text()
    expect(text).toContain(each.shows)
    for (const value of ['theirs', ...Object.values(foreign)]) expect(text).not.toContain(value)
    return
  }
  const form =
    each.package === undefined
      ? {}
      : { form: await multipart({ files: echo('attack'), fields: { algorithm_id: each.package } }) }
  const sent = await send(limited, method, each.at(foreign), {
    headers: each.headers,
    ...(each.json && { json: each.json }),
    ...form,
  })
  const [status, code] = each.refusal
  expect(sent).toEqual({ status, code: method === 'HEAD' ? null : (code ?? sent.code) })
})

test('no token and no link that a key makes outlasts the key', async () => {
  const soon = new Date(Date.now() + 3_600_000).toISOString()
  const later = new Date(Date.now() + 7_200_000).toISOString()
  const made = { name: 'ends', scopes: ['admin'], service_ids: ['mine'], expires_at: soon }
  const { key } = await person.post('/api-keys', id.extend({ key: z.string() }), made)
  const ending = person.with(key)
  const beyond = { status: 403, code: 'api_key.expiry_beyond_key' }
  const stage = { kind: 'stage', target_id: 'mine' }
  for (const expires_at of [null, later]) {
    const token = { name: 'token', may_write: true, expires_at }
    expect(await send(ending, 'POST', '/algorithms/mine/tokens', { json: token })).toEqual(beyond)
    expect(await send(ending, 'POST', '/shares', { json: { ...stage, expires_at } })).toEqual(beyond)
  }
  const token = { name: 'token', may_write: true, expires_at: soon }
  expect((await send(ending, 'POST', '/algorithms/mine/tokens', { json: token })).status).toBe(201)
  const link = await ending.post('/shares', id, { ...stage, expires_at: soon })
  expect(await send(ending, 'PATCH', `/shares/${link.id}`, { json: { expires_at: null } })).toEqual(beyond)
  const endless = await person.post('/shares', id, stage)
  expect(await send(ending, 'POST', `/shares/${endless.id}/address`)).toEqual(beyond)
  expect((await send(ending, 'POST', `/shares/${link.id}/address`)).status).toBe(200)
})

test('a key with a rate limit makes nothing through which more can be sent', async () => {
  const made = { name: 'rate', scopes: ['admin'], service_ids: ['mine'], requests_per_minute: 1_000 }
  const { key } = await person.post('/api-keys', id.extend({ key: z.string() }), made)
  const bounded = person.with(key)
  const beyond = { status: 403, code: 'api_key.rate_beyond_key' }
  const token = { name: 'token', may_write: false, expires_at: null }
  expect(await send(bounded, 'POST', '/algorithms/mine/tokens', { json: token })).toEqual(beyond)
  const stage = { kind: 'stage', target_id: 'mine' }
  expect(await send(bounded, 'POST', '/shares', { json: { ...stage, may_run: true } })).toEqual(beyond)
  const link = await bounded.post('/shares', id, stage)
  expect(await send(bounded, 'PATCH', `/shares/${link.id}`, { json: { may_run: true } })).toEqual(beyond)
})

/** The same reads without the limit: what was refused exists, and none of the attempts has removed it. */
const reads = routes.filter(
  ({ method, each }) =>
    method === 'GET' &&
    (typeof each === 'string' ? each === 'service' || each === 'algorithm' : !('shows' in each)),
)

/** What the person is answered where it is something else than 200. */
const ownAnswers = [
  // Its code has nothing of the name that the address asks for.
  ['GET /algorithms/{id}/diff', 404, 'algorithm.ref_not_found'],
  // Which file it is about is not said.
  ['GET /algorithms/{id}/blame', 422, 'request.invalid'],
  // The run exists, but its algorithm returned no file.
  ['/files/{name}', 404, 'run.file_not_found'],
  // None was started here: `pipelines.test.ts` shows that one outside of the limit does not exist for a key.
  ['/pipelines/{id}', 404, 'pipeline.not_found'],
  // None is kept here: `calls.test.ts` shows that one outside of the limit does not exist for a key.
  ['GET /calls/{id}/bodies', 404, 'call.bodies_not_kept'],
  // The run exists, but is no replay of another one.
  ['GET /runs/{id}/replay', 404, 'replay.none'],
  // The service has no such value.
  ['GET /config/{key}', 404, 'config.not_found'],
  // The service exists, but no change of it has this number.
  ['GET /config/compare', 404, 'config.revision_not_found'],
  // The service exists, but it is served by the platform's runtime, so it has no API of its own.
  ['/{id}/api', 409, 'service_api.own_runtime'],
] as const
test.each(reads)('$key is open to the person themselves', async ({ key, path, each }) => {
  const at = typeof each === 'object' && 'at' in each ? each.at(foreign) : atTheirs(path)
  const { status, code } = await send(person, 'GET', at)
  const [, ...expected] = ownAnswers.find(
    ([part]) => part === key || (part.startsWith('/') && key.includes(part)),
  ) ?? [key, 200, null]
  expect([status, code]).toEqual(expected)
})

test('a limited key deploys nothing but its own service from its own algorithm', async () => {
  const deploy = (json: object) => send(limited, 'POST', '/services/deploy', { json })
  const refused = { status: 403, code: 'auth.service_not_allowed' }
  expect(await deploy({ algorithm_id: 'mine', service_id: 'another' })).toEqual(refused)
  expect(await deploy({ algorithm_id: 'theirs', service_id: 'mine' })).toEqual(refused)
  const form = await multipart({ files: echo(), fields: { algorithm_id: 'fresh' } })
  expect(await send(limited, 'POST', '/algorithms', { form })).toEqual(refused)
  expect((await limited.deploy('mine')).state).toBe('succeeded')
})

test('a limited key clones and pushes only its own repository', async () => {
  const basic = (key: string | null) => `Basic ${Buffer.from(`any:${key}`).toString('base64')}`
  const refs = async (algorithm: string, service: string) => {
    const headers = { authorization: basic(limited.token) }
    const path = `//git/${algorithm}.git/info/refs?service=${service}`
    return (await person.with(null).request('GET', path, { headers })).status
  }
  for (const service of ['git-upload-pack', 'git-receive-pack'])
    expect([await refs('mine', service), await refs('theirs', service)]).toEqual([200, 403])
})

test('the event stream of a limited key tells nothing about other services', async () => {
  const abort = new AbortController()
  const stream = await limited.request('GET', '/events', { signal: abort.signal })
  const isLast = ({ event, data }: { event?: string; data: string }) =>
    event === 'task' && data.includes('succeeded') && data.includes('"mine"')
  const events = readEvents(stream, isLast)
  for (const service of ['theirs', 'mine']) await person.operate('restart', service)
  const text = (await events).map(({ data }) => data).join('\n')
  abort.abort()
  expect(text).toContain('mine')
  expect(text).not.toContain('theirs')
})
