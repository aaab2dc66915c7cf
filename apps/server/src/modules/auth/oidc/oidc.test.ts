import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { externalIdentities } from '../auth.tables.ts'
import { begin, finish, openOidcWorld, outcome, type OidcApp } from './oidc.test-world.ts'

let world: Awaited<ReturnType<typeof openOidcWorld>>
let issuer: (typeof world)['issuer']
beforeEach(async () => {
  world = await openOidcWorld()
  issuer = world.issuer
})
afterEach(() => world.close())

const open = (changes?: Parameters<(typeof world)['open']>[0]) => world.open(changes)
const signIn = (app: OidcApp) => world.signIn(app)

test('without an issuer there is no sign-in with another server', async () => {
  const app = await open(null)
  expect((await app.send('/auth/oidc')).json()).toEqual({ enabled: false, name: '' })
  expect(outcome(await app.send('/auth/oidc/start', { method: 'POST' }))).toEqual([404, 'oidc.off'])
})

test('a new person gets an account with the role of the setting, and the same account at the next sign-in', async () => {
  const app = await open({ newPeople: 'viewer' })
  expect((await app.send('/auth/oidc')).json()).toEqual({ enabled: true, name: 'Team' })
  const begun = await app.send('/auth/oidc/start', { method: 'POST' })
  expect(begun.cookies.find(({ name }) => name === 'vitrine_oidc')).toMatchObject({
    path: '/api/v1/auth',
    httpOnly: true,
    sameSite: 'Lax',
    maxAge: 600,
  })
  const first = await signIn(app)
  expect(first.json()).toMatchObject({ user: { username: 'lin@example.com', role: 'viewer' } })
  const { access_token: bearer, user } = first.json()
  expect((await app.send('/auth/me', { bearer })).statusCode).toBe(200)
  issuer.person = { sub: 'p1', email: 'other@example.com', email_verified: true }
  expect((await signIn(app)).json().user.id).toBe(user.id)
  const admin = await app.signIn('admin')
  const audit = await app.send('/audit?q=oidc', { bearer: admin.access_token })
  expect(audit.json().items[0]).toMatchObject({ actor: 'lin@example.com', action: 'POST /auth/oidc/finish' })
})

test('two tabs of a new person get one account, and no account is left if its link cannot be stored', async () => {
  const app = await open({ newPeople: 'user' })
  await app.db.execute(sql`alter table external_identities add constraint nobody check (subject = '')`)
  expect((await signIn(app)).statusCode).toBe(500)
  await app.db.execute(sql`alter table external_identities drop constraint nobody`)
  const both = await Promise.all([signIn(app), signIn(app)])
  expect(both.map(({ statusCode }) => statusCode)).toEqual([200, 200])
  expect(both[0]?.json().user.id).toBe(both[1]?.json().user.id)
})

test('a new person is refused if the setting is none, and that is recorded', async () => {
  const app = await open()
  expect(outcome(await signIn(app))).toEqual([403, 'oidc.not_admitted'])
  const admin = await app.signIn('admin')
  const audit = await app.send('/audit?q=oidc', { bearer: admin.access_token })
  expect(audit.json().items[0]).toMatchObject({ action: 'refused POST /auth/oidc/finish' })
})

test('an e-mail address opens an account here only if the setting says so and the address is verified', async () => {
  const add = async (app: OidcApp) => {
    const { access_token: bearer } = await app.signIn('admin')
    const payload = { username: 'Lin@example.com', password: 'correct horse battery', role: 'user' }
    const answer = await app.send('/users', { bearer, payload })
    return z.object({ id: z.string() }).parse(answer.json()).id
  }
  const closed = await open({ newPeople: 'viewer' })
  await add(closed)
  expect(outcome(await signIn(closed))).toEqual([409, 'user.name_taken'])
  const linking = await open({ linkByEmail: true })
  const id = await add(linking)
  issuer.person = { sub: 'p2', email: 'lin@example.com', email_verified: false }
  expect(outcome(await signIn(linking))).toEqual([403, 'oidc.not_admitted'])
  issuer.person = { sub: 'p2', email: 'lin@example.com' }
  expect(outcome(await signIn(linking))).toEqual([403, 'oidc.not_admitted'])
  issuer.person = { sub: 'p2', email: 'lin@example.com', email_verified: true }
  expect((await signIn(linking)).json().user).toMatchObject({ id, role: 'user' })
})

test('an address opens only an account without another identity of the server, and only a verified address becomes a name', async () => {
  const app = await open({ linkByEmail: true, newPeople: 'user' })
  issuer.person = { sub: 'first', email: 'ceo@example.com', email_verified: true }
  const { user: first } = (await signIn(app)).json()
  expect(first.username).toBe('ceo@example.com')
  // Another person has the address now.
  issuer.person = { sub: 'later', email: 'ceo@example.com', email_verified: true }
  expect(outcome(await signIn(app))).toEqual([409, 'user.name_taken'])
  const chosen = { email_verified: false, preferred_username: 'cfo@example.com' }
  issuer.person = { sub: 'chosen', email: 'x@example.com', ...chosen }
  expect((await signIn(app)).json().user.username).toMatch(/^oidc-/)
  // A text without a host is not an address, whatever the server says.
  issuer.person = { sub: 'named', email: 'admin', email_verified: true }
  expect((await signIn(app)).json().user).toMatchObject({ role: 'user' })
})

test('after the server has moved, a verified address opens the account again, for one person, and former identities open nothing', async () => {
  const app = await open({ linkByEmail: true, newPeople: 'user' })
  issuer.person = { sub: 'first', email: 'ceo@example.com', email_verified: true }
  const { user } = (await signIn(app)).json()
  // What a sign-in by a server at another address has left.
  await app.db.update(externalIdentities).set({ issuer: 'https://former.example' })
  issuer.person = { sub: 'moved', email: 'ceo@example.com', email_verified: true }
  expect((await signIn(app)).json().user.id).toBe(user.id)
  issuer.person = { sub: 'later', email: 'ceo@example.com', email_verified: true }
  expect(outcome(await signIn(app))).toEqual([409, 'user.name_taken'])
  issuer.person = { sub: 'first', email: 'new@example.com', email_verified: true }
  expect((await signIn(app)).json().user).toMatchObject({ username: 'new@example.com' })
  const { access_token: bearer } = await app.signIn('admin')
  const { items } = (await app.send(`/users/${user.id}/identities`, { bearer })).json()
  expect(items.map((one: { issuer: string; subject: string }) => [one.issuer, one.subject])).toEqual([
    ['https://former.example', 'first'],
    [issuer.url, 'moved'],
  ])
})

test('a disabled account stays closed', async () => {
  const app = await open({ newPeople: 'user' })
  const { user } = (await signIn(app)).json()
  const { access_token: bearer } = await app.signIn('admin')
  await app.send(`/users/${user.id}`, { method: 'PATCH', bearer, payload: { disabled: true } })
  expect(outcome(await signIn(app))).toEqual([403, 'auth.disabled'])
})

test('an answer counts only in the browser that asked, once, and within ten minutes', async () => {
  const app = await open({ newPeople: 'user' })
  const [mine, other] = [await begin(app), await begin(app)]
  const query = await issuer.letIn(mine.url)
  expect(outcome(await finish(app, query, { ...mine, cookie: undefined }))).toEqual([401, 'oidc.expired'])
  expect(outcome(await finish(app, query, { ...mine, cookie: 'made up' }))).toEqual([401, 'oidc.expired'])
  expect(outcome(await finish(app, query, other))).toEqual([401, 'oidc.refused'])
  const right = await finish(app, query, mine)
  expect(right.statusCode).toBe(200)
  expect(right.cookies.find(({ name }) => name === 'vitrine_oidc')?.value).toBe('')
  expect(outcome(await finish(app, query, mine))).toEqual([401, 'oidc.refused'])
  const late = await begin(app)
  const lateQuery = await issuer.letIn(late.url)
  app.passSeconds(601)
  expect(outcome(await finish(app, lateQuery, late))).toEqual([401, 'oidc.expired'])
})

test('a page of another port that gives a browser the cookie of its own sign-in signs nobody in as somebody else', async () => {
  const app = await open({ newPeople: 'user' })
  const [mine, attacker] = [await begin(app), await begin(app)]
  const query = await issuer.letIn(attacker.url)
  expect(outcome(await finish(app, query, { ...mine, cookie: attacker.cookie }))).toEqual([
    401,
    'oidc.expired',
  ])
  expect(outcome(await finish(app, query, { proof: '', cookie: attacker.cookie }))).toEqual([
    401,
    'oidc.expired',
  ])
  // Its own browser is still signed in: nothing of the answer was spent.
  expect((await finish(app, query, attacker)).statusCode).toBe(200)
})

test('a stolen code is useless, because the proof key stays in the browser', async () => {
  const app = await open({ newPeople: 'user' })
  const [victim, thief] = [await begin(app), await begin(app)]
  const caught = new URLSearchParams(await issuer.letIn(victim.url)).get('code') ?? ''
  const own = new URLSearchParams(await issuer.letIn(thief.url))
  own.set('code', caught)
  expect(outcome(await finish(app, `?${own}`, thief))).toEqual([401, 'oidc.refused'])
  expect(issuer.refused).toBe(1)
})

test.each([
  ['that names another server', (answer: URLSearchParams) => answer.set('iss', 'https://evil.example')],
  ['that names no server', (answer: URLSearchParams) => answer.delete('iss')],
  ['with another state', (answer: URLSearchParams) => answer.set('state', 'other')],
  ['without a state', (answer: URLSearchParams) => answer.delete('state')],
])('an answer %s opens nothing, and its code is not spent', async (_what, spoil) => {
  const app = await open({ newPeople: 'user' })
  const asked = await begin(app)
  const right = await issuer.letIn(asked.url)
  const answer = new URLSearchParams(right)
  spoil(answer)
  expect(outcome(await finish(app, `?${answer}`, asked))).toEqual([401, 'oidc.refused'])
  // The code has not been sent to anybody.
  expect((await finish(app, right, asked)).statusCode).toBe(200)
})

test.each([
  ['another nonce', () => (issuer.claims = { nonce: 'other' })],
  ['another audience', () => (issuer.claims = { aud: 'another client' })],
  ['another issuer', () => (issuer.claims = { iss: 'https://evil.example' })],
  ['an end in the past', () => (issuer.claims = { exp: 1 })],
  ['a signature by another key', () => (issuer.signsWithOtherKey = true)],
  ['no signature', () => (issuer.signsNothing = true)],
  ['no subject', () => (issuer.claims = { sub: undefined })],
])('a token with %s opens nothing', async (_what, spoil) => {
  const app = await open({ newPeople: 'user' })
  spoil()
  expect(outcome(await signIn(app))).toEqual([401, 'oidc.refused'])
})

test('a wrong client secret is refused, and a server that does not answer is reported', async () => {
  const wrong = await open({ newPeople: 'user', clientSecret: 'wrong' })
  expect(outcome(await signIn(wrong))).toEqual([401, 'oidc.refused'])
  await issuer.close()
  const away = await open({ newPeople: 'user' })
  expect(outcome(await away.send('/auth/oidc/start', { method: 'POST' }))).toEqual([502, 'oidc.unreachable'])
})

test('the number of attempts from one address is limited', async () => {
  const app = await open({ newPeople: 'user' })
  const attempt = () => finish(app, '?code=x', { proof: '', cookie: 'made up' }, '10.0.0.7')
  for (let each = 0; each < 20; each += 1) expect((await attempt()).statusCode).toBe(401)
  expect(outcome(await attempt())).toEqual([429, 'auth.too_many_attempts'])
  // Signing in with a password from that address still works.
  expect((await app.login('admin', undefined, '10.0.0.7')).statusCode).toBe(200)
})

test('a server that does not answer uses up no attempts', async () => {
  const app = await open({ newPeople: 'user' })
  const asked = await begin(app)
  const query = await issuer.letIn(asked.url)
  await issuer.close()
  for (let each = 0; each < 21; each += 1)
    expect(outcome(await finish(app, query, asked))).toEqual([502, 'oidc.unreachable'])
})

test('the description of the server is read again after an hour', async () => {
  const app = await open({ newPeople: 'user' })
  expect((await signIn(app)).statusCode).toBe(200)
  issuer.path = '/moved'
  expect(new URL((await begin(app)).url).pathname).toBe('/authorize')
  app.passSeconds(3601)
  expect(new URL((await begin(app)).url).pathname).toBe('/moved')
  expect((await signIn(app)).statusCode).toBe(200)
})

test('after the server has changed its keys, only the first sign-in is refused', async () => {
  const app = await open({ newPeople: 'user' })
  expect((await signIn(app)).statusCode).toBe(200)
  issuer.hasOtherKey = true
  app.passSeconds(60)
  expect(outcome(await signIn(app))).toEqual([401, 'oidc.refused'])
  expect((await signIn(app)).statusCode).toBe(200)
})

test('an administrator sees the identities with which a person signs in, and removes one', async () => {
  const app = await open({ newPeople: 'user' })
  const { user, access_token: theirs } = (await signIn(app)).json()
  const { access_token: bearer } = await app.signIn('admin')
  const path = `/users/${user.id}/identities`
  const listed = await app.send(path, { bearer })
  expect(listed.json()).toMatchObject({ items: [{ issuer: issuer.url, subject: 'p1' }], total: 1 })
  const remove = (subject: string) =>
    app.send(`${path}?${new URLSearchParams({ issuer: issuer.url, subject })}`, { method: 'DELETE', bearer })
  expect(outcome(await remove('p2'))).toEqual([404, 'user.identity_not_found'])
  expect((await remove('p1')).statusCode).toBe(204)
  expect((await app.send('/auth/me', { bearer: theirs })).statusCode).toBe(401)
  expect((await app.send(path, { bearer })).json().items).toEqual([])
  expect(outcome(await app.send(path, { bearer: theirs }))[0]).toBe(401)
  // An account already has the address as its name, so the identity gets no second account.
  expect(outcome(await signIn(app))).toEqual([409, 'user.name_taken'])
})

test('removing an identity also ends the sessions of the person, and the gateways are told', async () => {
  const app = await open({ newPeople: 'user' })
  const { user, access_token: theirs } = (await signIn(app)).json()
  const { access_token: bearer } = await app.signIn('admin')
  const query = new URLSearchParams({ issuer: issuer.url, subject: 'p1' })
  const remove = () => app.send(`/users/${user.id}/identities?${query}`, { method: 'DELETE', bearer })
  await app.db.execute(sql`alter table revocations add constraint nobody check (false) not valid`)
  expect((await remove()).statusCode).toBe(500)
  await app.db.execute(sql`alter table revocations drop constraint nobody`)
  expect((await app.send('/auth/me', { bearer: theirs })).statusCode).toBe(200)
  expect((await remove()).statusCode).toBe(204)
  expect((await app.send('/auth/me', { bearer: theirs })).statusCode).toBe(401)
  expect(app.published.at(-1)?.revoked).not.toEqual([])
})

test('a person who manages people cannot remove an identity of somebody who may do more', async () => {
  const app = await open({ newPeople: 'user' })
  const { user } = (await signIn(app)).json()
  const { access_token: bearer } = await app.signIn('admin')
  await app.send(`/users/${user.id}`, { method: 'PATCH', bearer, payload: { role: 'admin' } })
  const role = { name: 'people', permissions: ['users.manage'] }
  const { id } = (await app.send('/roles', { bearer, payload: role })).json()
  const anna = { username: 'anna', password: 'correct horse battery', role: 'user', custom_role_id: id }
  await app.send('/users', { bearer, payload: anna })
  const { access_token: hers } = await app.signIn('anna')
  const path = `/users/${user.id}/identities`
  const query = new URLSearchParams({ issuer: issuer.url, subject: 'p1' })
  expect((await app.send(path, { bearer: hers })).statusCode).toBe(403)
  expect((await app.send(`${path}?${query}`, { method: 'DELETE', bearer: hers })).statusCode).toBe(403)
  expect((await signIn(app)).statusCode).toBe(200)
})
