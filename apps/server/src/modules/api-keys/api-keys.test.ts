import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAccessApp, password } from '../../../../../tests/support/access-app.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { createOwnedRoom } from '../quotas/owned.ts'
import { defaultQuotas } from '../quotas/quotas.ts'
import { createApiKeysRepository } from './api-keys.repository.ts'
import { createApiKey } from './api-keys.usecases.ts'

let vitrine: Awaited<ReturnType<typeof openAccessApp>>
let admin: Awaited<ReturnType<typeof vitrine.signIn>>
let anna: Awaited<ReturnType<typeof vitrine.signIn>>
beforeEach(async () => {
  vitrine = await openAccessApp()
  anna = await vitrine.person('anna', 'user')
  admin = await vitrine.signIn('admin')
})
afterEach(() => vitrine.close())

const make = (bearer: string, payload: object) =>
  vitrine.send('/api-keys', { bearer, payload: { name: 'ci', ...payload } })
const me = (bearer: string) => vitrine.send('/auth/me', { bearer })
const patchUser = (payload: object) =>
  vitrine.send(`/users/${anna.user.id}`, { method: 'PATCH', bearer: admin.access_token, payload })
const hash = (key: string) => createHash('sha256').update(key).digest('hex')
const codeOf = (answer: { statusCode: number; json: () => { error: { code: string } } }) => [
  answer.statusCode,
  answer.json().error.code,
]

test('the secret of a key is shown once, and is neither stored nor listed', async () => {
  const made = (await make(anna.access_token, { scopes: ['run'] })).json()
  expect(made.key).toMatch(/^vtk_[\w-]{43}$/)
  expect(made).toMatchObject({
    prefix: made.key.slice(0, 8),
    owner: 'anna',
    scopes: ['run'],
    service_ids: null,
  })
  const listed = (await vitrine.send('/api-keys', { bearer: anna.access_token })).json()
  const { key, ...shown } = made
  expect(listed).toEqual({ items: [shown], total: 1 })
  const rows = await vitrine.db.execute('select * from api_keys')
  expect(JSON.stringify(rows.rows)).not.toContain(key)
})

test('a key of which nobody gets the secret, because the gateway does not answer, is not kept', async () => {
  const away = new Error('the gateway does not answer')
  const deps = {
    apiKeys: createApiKeysRepository(vitrine),
    clock: vitrine.now,
    publishKeys: () => Promise.reject(away),
    owned: createOwnedRoom(defaultQuotas()),
  }
  const asked = createApiKey(deps, {
    actor: testActor('user', anna.user.id),
    name: 'ci',
    scopes: ['run'],
    service_ids: null,
    expires_at: null,
    requests_per_minute: null,
  })
  await expect(asked).rejects.toBe(away)
  expect((await vitrine.send('/api-keys', { bearer: anna.access_token })).json().total).toBe(0)
})

test('one person has a limited number of keys, also if they ask for several at once; a revoked one makes room', async () => {
  vitrine.quotas.person.apiKeys = 3
  const another = () => make(anna.access_token, { scopes: ['read'] })
  const answers = await Promise.all(Array.from({ length: 5 }, another))
  const refused = answers.filter(({ statusCode }) => statusCode !== 201).map(codeOf)
  expect(refused).toEqual([1, 2].map(() => [409, 'quota.api_keys']))
  const { id } = answers.find(({ statusCode }) => statusCode === 201)?.json() ?? {}
  await vitrine.send(`/api-keys/${id}`, { method: 'DELETE', bearer: anna.access_token })
  expect((await another()).statusCode).toBe(201)
  expect((await make(admin.access_token, { scopes: ['read'] })).statusCode).toBe(201)
})

test('a key may do what both its scopes and its owner’s role allow', async () => {
  const read = (await make(anna.access_token, { scopes: ['read'] })).json().key
  const deploy = (await make(anna.access_token, { scopes: ['deploy'] })).json().key
  const permissions = async (key: string) => (await me(key)).json().permissions
  expect(await permissions(read)).not.toContain('runs.create')
  expect(await permissions(deploy)).toEqual(expect.arrayContaining(['services.deploy', 'runs.create']))
  expect(await permissions(read)).toContain('algorithms.read')
  await patchUser({ role: 'viewer' })
  expect(await permissions(deploy)).not.toContain('services.deploy')
  expect(await permissions(read)).not.toContain('algorithms.read')
  expect((await vitrine.send('/users', { bearer: deploy })).statusCode).toBe(403)
})

test.each([['admin'], ['metrics']])('a user cannot make a key with the scope %s', async (scope) => {
  expect(codeOf(await make(anna.access_token, { scopes: ['read', scope] }))).toEqual([
    403,
    'api_key.scopes_beyond_role',
  ])
})

test('a deleted service is taken from the keys that name it, so that they do not open the next service with its ID', async () => {
  const both = (await make(anna.access_token, { scopes: ['run'], service_ids: ['first', 'second'] })).json()
  const one = (await make(anna.access_token, { scopes: ['run'], service_ids: ['first'] })).json()
  const other = (await make(anna.access_token, { scopes: ['run'], service_ids: ['first-more'] })).json()
  const all = (await make(anna.access_token, { scopes: ['run'] })).json()
  await vitrine.access.closeServiceToKeys('first')
  const expected = [
    [both.id, ['second']],
    [one.id, []],
    [other.id, ['first-more']],
    [all.id, null],
  ].toSorted()
  const atGateway = vitrine.published.at(-1)?.keys.map(({ id, service_ids: ids }) => [id, ids])
  expect(atGateway?.toSorted()).toEqual(expected)
  const shown: { id: string; service_ids: string[] | null }[] = (
    await vitrine.send('/api-keys', { bearer: anna.access_token })
  ).json().items
  expect(shown.map(({ id, service_ids: ids }) => [id, ids]).toSorted()).toEqual(expected)
})

test('a key that was created with another key exceeds neither its scopes nor its services', async () => {
  const limited = { scopes: ['admin'], service_ids: ['image-recog', 'text-classify'] }
  const { key } = (await make(admin.access_token, limited)).json()
  expect(codeOf(await make(key, { scopes: ['metrics'], service_ids: ['image-recog'] }))).toEqual([
    403,
    'api_key.scopes_beyond_role',
  ])
  expect(codeOf(await make(key, { scopes: ['run'] }))).toEqual([403, 'api_key.services_beyond_key'])
  expect(codeOf(await make(key, { scopes: ['run'], service_ids: ['other'] }))[0]).toBe(403)
  expect((await make(key, { scopes: ['run'], service_ids: ['image-recog'] })).statusCode).toBe(201)
})

test('a key of another person is hidden, except from an administrator', async () => {
  const { id } = (await make(admin.access_token, { scopes: ['metrics'] })).json()
  const own = (await make(anna.access_token, { scopes: ['read'] })).json()
  const url = `/api-keys/${id}`
  const payload = { name: 'mine now' }
  expect((await vitrine.send(url, { bearer: anna.access_token })).statusCode).toBe(404)
  expect((await vitrine.send(url, { method: 'PATCH', bearer: anna.access_token, payload })).statusCode).toBe(
    404,
  )
  expect((await vitrine.send(url, { method: 'DELETE', bearer: anna.access_token })).statusCode).toBe(404)
  const all = await vitrine.send('/api-keys?q=anna', { bearer: admin.access_token })
  expect(all.json()).toMatchObject({ total: 1, items: [{ id: own.id }] })
})

test('a key stops working when it is revoked, when it expires and while its owner is disabled', async () => {
  const revoked = (await make(anna.access_token, { scopes: ['read'] })).json()
  const ending = (
    await make(anna.access_token, { scopes: ['read'], expires_at: '2026-03-01T09:00:00Z' })
  ).json()
  expect([(await me(revoked.key)).statusCode, (await me(ending.key)).statusCode]).toEqual([200, 200])
  await vitrine.send(`/api-keys/${revoked.id}`, { method: 'DELETE', bearer: anna.access_token })
  expect(codeOf(await me(revoked.key))).toEqual([401, 'auth.invalid_credential'])
  await patchUser({ disabled: true })
  expect((await me(ending.key)).statusCode).toBe(401)
  await patchUser({ disabled: false })
  expect((await me(ending.key)).statusCode).toBe(200)
  vitrine.passSeconds(3600)
  expect((await me(ending.key)).statusCode).toBe(401)
})

test('a key can be renamed and given another end, but not one in the past', async () => {
  const { id } = (await make(anna.access_token, { scopes: ['read'] })).json()
  const change = (payload: object) =>
    vitrine.send(`/api-keys/${id}`, { method: 'PATCH', bearer: anna.access_token, payload })
  expect((await change({ name: '夜间任务' })).json()).toMatchObject({ name: '夜间任务', expires_at: null })
  const expires_at = '2026-06-01T00:00:00.000Z'
  expect((await change({ expires_at })).json()).toMatchObject({ name: '夜间任务', expires_at })
  expect((await change({ expires_at: null })).json().expires_at).toBeNull()
  expect(codeOf(await change({ expires_at: '2026-01-01T00:00:00Z' }))).toEqual([
    422,
    'api_key.expiry_in_past',
  ])
})

test('the last use is recorded, at most once a minute', async () => {
  const { id, key } = (await make(anna.access_token, { scopes: ['read'] })).json()
  const lastUse = async () =>
    (await vitrine.send(`/api-keys/${id}`, { bearer: anna.access_token })).json().last_used_at
  expect(await lastUse()).toBeNull()
  await me(key)
  vitrine.passSeconds(30)
  await me(key)
  expect(await lastUse()).toBe('2026-03-01T08:00:00.000Z')
})

test('the gateway gets every change of the valid keys at once, as hashes only', async () => {
  const { id, key } = (
    await make(anna.access_token, { scopes: ['deploy'], service_ids: ['image-recog'] })
  ).json()
  const entry = { id, sha256: hash(key), scopes: ['deploy'], service_ids: ['image-recog'], expires_at: null }
  expect(vitrine.published.at(-1)).toEqual({ version: 1, keys: [entry], revoked: [] })
  await patchUser({ disabled: true })
  expect(vitrine.published.at(-1)?.keys).toEqual([])
  await patchUser({ disabled: false })
  expect(vitrine.published.at(-1)?.keys).toEqual([entry])
  await patchUser({ role: 'viewer' })
  expect(vitrine.published.at(-1)?.keys).toEqual([])
  await patchUser({ role: 'user' })
  await vitrine.send(`/api-keys/${id}`, { method: 'DELETE', bearer: admin.access_token })
  expect(vitrine.published.at(-1)?.keys).toEqual([])
})

test('a key gives neither itself nor another key a later end, more services or more scopes than it has', async () => {
  const bearer = admin.access_token
  const end = '2026-03-02T08:00:00.000Z'
  const later = '2026-03-03T08:00:00.000Z'
  const sooner = '2026-03-01T20:00:00.000Z'
  const limits = { scopes: ['admin'], service_ids: ['image-recog'], expires_at: end }
  const { id, key } = (await make(bearer, limits)).json()
  const patch = (of: string, expires_at: string | null) =>
    vitrine.send(`/api-keys/${of}`, { method: 'PATCH', bearer: key, payload: { expires_at } })
  const beyond = [403, 'api_key.expiry_beyond_key']
  expect(codeOf(await patch(id, later))).toEqual(beyond)
  expect(codeOf(await patch(id, null))).toEqual(beyond)
  expect(codeOf(await make(key, { ...limits, expires_at: null }))).toEqual(beyond)
  expect(codeOf(await make(key, { ...limits, expires_at: later }))).toEqual(beyond)
  const child = (await make(key, { ...limits, expires_at: sooner })).json()
  expect(codeOf(await patch(child.id, null))).toEqual(beyond)
  expect((await patch(child.id, end)).statusCode).toBe(200)
  const metrics = (
    await make(bearer, { scopes: ['metrics'], service_ids: ['image-recog'], expires_at: sooner })
  ).json()
  expect(codeOf(await patch(metrics.id, end))).toEqual([403, 'api_key.scopes_beyond_role'])
  expect((await patch(id, sooner)).statusCode).toBe(200)
})

test('a key cannot change its owner’s password', async () => {
  const { key } = (await make(anna.access_token, { scopes: ['deploy'] })).json()
  const payload = { current_password: password, new_password: 'another password' }
  expect(codeOf(await vitrine.send('/auth/password', { bearer: key, payload }))).toEqual([
    403,
    'auth.people_only',
  ])
})

test('text that the database cannot keep is 422, in a name and in a search', async () => {
  const { access_token: bearer } = anna
  const named = await make(bearer, { name: 'a\u0000b', scopes: ['read'] })
  expect(codeOf(named)).toEqual([422, 'request.invalid'])
  const searched = await vitrine.send('/api-keys?q=%00', { bearer })
  expect(codeOf(searched)).toEqual([422, 'request.text_unstorable'])
})

test('beyond the limit of a key its requests to the platform are 429 until the minute is over, other keys’ are not', async () => {
  const bearer = anna.access_token
  const limited = (await make(bearer, { scopes: ['read'], requests_per_minute: 2 })).json()
  const other = (await make(bearer, { scopes: ['read'], requests_per_minute: 2 })).json()
  const free = (await make(bearer, { scopes: ['read'] })).json()
  expect([limited.requests_per_minute, free.requests_per_minute]).toEqual([2, null])
  const statuses = async (key: string) => [(await me(key)).statusCode, (await me(key)).statusCode]
  expect(await statuses(limited.key)).toEqual([200, 200])
  vitrine.passSeconds(20)
  const refused = await me(limited.key)
  expect(codeOf(refused)).toEqual([429, 'api_key.too_many_requests'])
  expect([refused.headers['retry-after'], refused.json().error.details]).toEqual([
    '40',
    { prefix: limited.prefix, retry_after_s: 40 },
  ])
  const basic = `Basic ${Buffer.from(`git:${limited.key}`).toString('base64')}`
  await expect(vitrine.access.authenticateBasic(basic)).rejects.toMatchObject({ status: 429 })
  expect([await statuses(other.key), await statuses(free.key)]).toEqual([
    [200, 200],
    [200, 200],
  ])
  vitrine.passSeconds(40)
  expect((await me(limited.key)).statusCode).toBe(200)
})

test('an administrator limits a key of another person, and the gateway gets each change of the limit', async () => {
  const { id, key } = (await make(anna.access_token, { scopes: ['run'] })).json()
  const limit = (requests_per_minute: number | null) =>
    vitrine.send(`/api-keys/${id}`, {
      method: 'PATCH',
      bearer: admin.access_token,
      payload: { requests_per_minute },
    })
  const atGateway = () => vitrine.published.at(-1)?.keys.map((entry) => entry.rate_limit)
  expect(atGateway()).toEqual([undefined])
  expect((await limit(1)).json().requests_per_minute).toBe(1)
  expect(atGateway()).toEqual([{ requests: 1, window_s: 60 }])
  expect([(await me(key)).statusCode, (await me(key)).statusCode]).toEqual([200, 429])
  expect(codeOf(await limit(0))).toEqual([422, 'request.invalid'])
  await limit(null)
  expect([atGateway(), (await me(key)).statusCode]).toEqual([[undefined], 200])
})

test('a key with a limit makes no key, and gives no key a greater limit or none', async () => {
  const bearer = admin.access_token
  const { id, key } = (await make(bearer, { scopes: ['admin'], requests_per_minute: 100 })).json()
  const free = (await make(bearer, { scopes: ['run'] })).json()
  const patch = (of: string, requests_per_minute: number | null) =>
    vitrine.send(`/api-keys/${of}`, { method: 'PATCH', bearer: key, payload: { requests_per_minute } })
  const beyond = [403, 'api_key.rate_beyond_key']
  expect(codeOf(await make(key, { scopes: ['run'], requests_per_minute: 1 }))).toEqual(beyond)
  expect(codeOf(await patch(id, null))).toEqual(beyond)
  expect(codeOf(await patch(id, 101))).toEqual(beyond)
  expect(codeOf(await patch(free.id, 101))).toEqual(beyond)
  expect((await patch(free.id, 100)).statusCode).toBe(200)
  expect((await patch(id, 99)).statusCode).toBe(200)
})
