import { eq } from 'drizzle-orm'
import { generateKeyPair, importJWK, jwtVerify, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authorizationCases } from '../../../../../../tests/support/authorization-cases.ts'
import { openAccessApp, password } from '../../../../../../tests/support/access-app.ts'
import { algorithms } from '../../algorithms/algorithms.tables.ts'
import { algorithmServices } from '../../services/services.tables.ts'
import { storedService } from '../../services/stored-service.test-setup.ts'

let vitrine: Awaited<ReturnType<typeof openAccessApp>>
let admin: Awaited<ReturnType<typeof vitrine.signIn>>
beforeAll(async () => {
  vitrine = await openAccessApp()
  admin = await vitrine.signIn('admin')
})
afterAll(() => vitrine.close())

const withCookie = (url: string, headers: Record<string, string> = {}, payload?: object) =>
  vitrine.send(url, { cookies: { vitrine_session: admin.session }, headers, payload })
let counter = 0
const addUser = (headers: Record<string, string>) =>
  withCookie('/users', headers, { username: `somebody${(counter += 1)}`, password, role: 'viewer' })

test('the session cookie signs in a page for reading', async () => {
  expect((await withCookie('/auth/me')).json().user.username).toBe('admin')
})

test.each([
  ['Sec-Fetch-Site: same-origin', { 'sec-fetch-site': 'same-origin' }],
  ['the origin of the host asked', { origin: 'http://show.example:8000', host: 'show.example:8000' }],
  [
    'the origin of the host that the gateway was asked for',
    { origin: 'https://show.example', host: '127.0.0.1:7001', 'x-forwarded-host': 'show.example' },
  ],
])('with the cookie, a change is let through with %s', async (_name, headers) => {
  expect((await addUser(headers)).statusCode).toBe(201)
})

test.each([
  ['no sign of where it came from', {}],
  ['Sec-Fetch-Site: cross-site', { 'sec-fetch-site': 'cross-site' }],
  ['Sec-Fetch-Site: same-site (a page on another port)', { 'sec-fetch-site': 'same-site' }],
  ['another origin', { origin: 'http://evil.example', host: 'show.example' }],
  ['an opaque origin', { origin: 'null', host: 'show.example' }],
])('with the cookie, a change is refused with %s', async (_name, headers) => {
  const answer = await addUser(headers)
  expect([answer.statusCode, answer.json().error.code]).toEqual([403, 'auth.cross_site'])
})

test('a session cookie that is sent twice counts as absent, in either order', async () => {
  for (const cookie of [
    `vitrine_session=${admin.session}; vitrine_session=x`,
    `vitrine_session=x; vitrine_session=${admin.session}`,
  ])
    expect((await vitrine.send('/auth/me', { headers: { cookie } })).statusCode).toBe(401)
})

test('a sign-in that another site caused is refused', async () => {
  const headers = { 'sec-fetch-site': 'cross-site' }
  const payloads = {
    '/auth/login': { username: 'admin', password },
    '/auth/oidc/finish': { query: 'code=x&state=y', proof: '' },
  }
  for (const [url, payload] of Object.entries(payloads))
    expect((await vitrine.send(url, { headers, payload })).json().error.code).toBe('auth.cross_site')
})

test('an expired cookie does not block a public route, and counts as anonymous on other routes', async () => {
  const stale = { vitrine_session: 'stale' }
  expect((await vitrine.send('/setup', { cookies: stale })).statusCode).toBe(200)
  const guarded = await vitrine.send('/auth/me', { cookies: stale })
  expect([guarded.statusCode, guarded.json().error.code]).toEqual([401, 'auth.required'])
})

test('a valid cookie without an origin does not block a public route that changes something', async () => {
  expect((await withCookie('/auth/login', {}, { username: 'admin', password })).statusCode).toBe(200)
})

test.each(['', 'nonsense', 'vtk_nonsense'])(
  'the bearer credential "%s" is 401, also on a public route',
  async (bad) => {
    for (const url of ['/setup', '/auth/me']) {
      const answer = await vitrine.send(url, { headers: { authorization: `Bearer ${bad}` } })
      expect([answer.statusCode, answer.json().error.code]).toEqual([401, 'auth.invalid_credential'])
    }
  },
)

test.each(authorizationCases)('Authorization with %s', async (_what, authorization, accepted) => {
  const answer = await withCookie('/auth/me', { authorization: authorization(admin.access_token) })
  expect(answer.statusCode).toBe(accepted ? 200 : 401)
  if (!accepted) expect(answer.json().error.code).toBe('auth.invalid_credential')
})

test('an Authorization header of another scheme is meant for a proxy in front, so the session cookie is used', async () => {
  expect((await withCookie('/auth/me', { authorization: 'Basic eDp5' })).statusCode).toBe(200)
})

test('a token signed by another key, or unsigned, is refused', async () => {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
  const claims = JSON.parse(Buffer.from(admin.access_token.split('.')[1] ?? '', 'base64url').toString('utf8'))
  const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA' }).sign(privateKey)
  const header = Buffer.from('{"alg":"none"}').toString('base64url')
  const unsigned = `${header}.${admin.access_token.split('.')[1]}.`
  for (const bearer of [forged, unsigned])
    expect((await vitrine.send('/auth/me', { bearer })).statusCode).toBe(401)
})

test('the public key that the gateway gets can check a login token and holds no secret', async () => {
  const { issuer, public_key } = vitrine.access.gatewayJwt
  expect(public_key).not.toHaveProperty('d')
  const key = await importJWK(public_key, 'ES256')
  const currentDate = new Date('2026-03-01T08:14:00Z')
  const { payload } = await jwtVerify(admin.access_token, key, { issuer, currentDate })
  expect(payload).toMatchObject({ sub: admin.user.id, name: 'admin', role: 'admin' })
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(900)
})

test('tokens issued before a restart stay valid after it', async () => {
  const restarted = await vitrine.restart()
  expect(restarted.gatewayJwt).toEqual(vitrine.access.gatewayJwt)
})

const owner = { ownerId: '00000000-0000-4000-8000-000000000001', ownerName: 'owner' }
/** Creates the only service with this ID, at this time. */
async function createService(id: string, createdAt: Date) {
  await vitrine.db.delete(algorithmServices).where(eq(algorithmServices.id, id))
  await vitrine.db
    .insert(algorithms)
    .values({ id, name: id, task: 'other', description: '', ...owner })
    .onConflictDoNothing()
  await vitrine.db
    .insert(algorithmServices)
    .values(storedService({ id, algorithmId: id, ...owner, createdAt }))
}

test('an instance’s own token reads assets and nothing else, and is not a login for the gateway', async () => {
  const serviceMadeAt = new Date(1_000)
  await createService('image-recog', serviceMadeAt)
  const token = await vitrine.access.issueInstanceToken({
    serviceId: 'image-recog',
    instanceId: 'i-1',
    serviceMadeAt,
  })
  for (const url of ['/auth/me', '/users', '/api-keys'])
    expect((await vitrine.send(url, { bearer: token })).statusCode).toBe(403)
  const actor = await vitrine.access.authenticateBasic(basic('instance', token))
  expect({ ...actor, permissions: [...(actor?.permissions ?? [])] }).toMatchObject({
    kind: 'instance',
    id: 'image-recog',
    serviceIds: ['image-recog'],
    permissions: ['assets.read'],
  })
  const key = await importJWK(vitrine.access.gatewayJwt.public_key, 'ES256')
  await expect(jwtVerify(token, key, { issuer: vitrine.access.gatewayJwt.issuer })).rejects.toThrow('iss')
  const inCookie = await vitrine.send('/auth/me', { cookies: { vitrine_session: token } })
  expect(inCookie.statusCode).toBe(401)
})

test('the token of an instance ends with its service, even if a new service has the same ID', async () => {
  const token = (serviceMadeAt: Date) =>
    vitrine.access.issueInstanceToken({ serviceId: 'again', instanceId: 'again-r1-1', serviceMadeAt })
  const first = await token(new Date(1_000))
  const isAccepted = (bearer: string) =>
    vitrine.access.authenticateBasic(basic('instance', bearer)).then(Boolean, () => false)
  expect(await isAccepted(first), 'without a service').toBe(false)
  await createService('again', new Date(1_000))
  expect(await isAccepted(first)).toBe(true)
  await createService('again', new Date(1_001))
  expect(await isAccepted(first), 'with a later service').toBe(false)
  expect(await isAccepted(await token(new Date(1_001)))).toBe(true)
})

const basic = (name: string, secret: string) => `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`

test('HTTP Basic accepts a login token or an API key as password, only on the routes that ask for it', async () => {
  const made = await vitrine.send('/api-keys', {
    bearer: admin.access_token,
    payload: { name: 'git', scopes: ['deploy'] },
  })
  const { authenticateBasic } = vitrine.access
  expect(await authenticateBasic(basic('anybody', admin.access_token))).toMatchObject({ name: 'admin' })
  expect(await authenticateBasic(basic('anybody', made.json().key))).toMatchObject({ kind: 'key' })
  expect(await authenticateBasic(undefined)).toBeNull()
  await expect(authenticateBasic(basic('admin', password))).rejects.toMatchObject({ status: 401 })
  const elsewhere = await vitrine.send('/auth/me', {
    headers: { authorization: basic('admin', admin.access_token) },
  })
  expect(elsewhere.statusCode).toBe(401)
})
