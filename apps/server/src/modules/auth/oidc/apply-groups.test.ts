import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { rolePermissions } from '@vitrine/contract'
import { password } from '../../../../../../tests/support/access-app.ts'
import { openOidcWorld, outcome, type OidcApp } from './oidc.test-world.ts'
import type { GroupRoles } from './group-roles.ts'

let world: Awaited<ReturnType<typeof openOidcWorld>>
let app: OidcApp
let bearer: string
beforeEach(async () => {
  world = await openOidcWorld()
})
afterEach(() => world.close())

const roles = [
  { group: 'guests', role: 'viewer' },
  { group: 'reviewers', role: 'Reviewers' },
  { group: 'leads', role: 'admin' },
  { group: 'team', role: 'user' },
]
/** Opens a platform with these groups. People without a group may not sign in unless `changes` says so. */
async function open(changes: Partial<GroupRoles> = {}, linkByEmail = false): Promise<void> {
  app = await world.open({ linkByEmail, groups: { claim: 'groups', roles, others: 'none', ...changes } })
  bearer = (await app.signIn('admin')).access_token
}
const signIn = (...groups: string[]) => {
  world.issuer.person = { sub: 'p1', email: 'lin@example.com', email_verified: true, groups }
  return world.signIn(app)
}
const person = z.object({
  user: z.object({
    id: z.string(),
    role: z.string(),
    custom_role: z.object({ name: z.string() }).nullable(),
  }),
})
/** The role that somebody has after a sign-in in these groups. */
async function roleIn(...groups: string[]): Promise<string> {
  const { user } = person.parse((await signIn(...groups)).json())
  return user.custom_role?.name ?? user.role
}
const idOf = async (username: string): Promise<string> => {
  const answer = await app.send(`/users?q=${username}`, { bearer })
  return z.object({ items: z.array(z.object({ id: z.string() })) }).parse(answer.json()).items[0]?.id ?? ''
}
const change = async (id: string, payload: object) =>
  (await app.send(`/users/${id}`, { method: 'PATCH', bearer, payload })).statusCode
const reviewers = { name: 'Reviewers', permissions: ['services.read', 'runs.read'] }
const newestEntry = async (q: string) => (await app.send(`/audit?q=${q}`, { bearer })).json().items[0]
/** The newest entry of the audit log about a change of role. */
const entry = () => newestEntry(encodeURIComponent('PATCH /users'))
const audited = (before: string | null, after: string, group?: string) => ({
  actor: 'vitrine',
  action: 'PATCH /users/{id}',
  details: {
    changes: { role: { before, after } },
    values: { username: 'lin@example.com', by: 'VITRINE_OIDC_ROLES', ...(group && { group }) },
  },
})

test('the first group of the setting to which a person belongs gives the role, at the first and at each later sign-in', async () => {
  await open()
  await app.send('/roles', { bearer, payload: reviewers })
  expect(await roleIn('team')).toBe('user')
  expect(await entry()).toMatchObject(audited(null, 'user', 'team'))
  expect(await roleIn('team', 'reviewers')).toBe('Reviewers')
  expect(await entry()).toMatchObject(audited('user', 'Reviewers', 'reviewers'))
  expect(await roleIn('team', 'leads')).toBe('admin')
  expect(await entry()).toMatchObject(audited('Reviewers', 'admin', 'leads'))
  const { id } = await entry()
  expect(await roleIn('leads')).toBe('admin')
  expect((await entry()).id, 'the same role is no change').toBe(id)
})

test('a lower role ends earlier tokens at once, and the new session has the lower role', async () => {
  await open()
  const token = z.object({ access_token: z.string() })
  const earlier = token.parse((await signIn('leads')).json()).access_token
  expect((await app.send('/users', { bearer: earlier })).statusCode).toBe(200)
  const later = token.parse((await signIn('guests')).json()).access_token
  expect((await app.send('/users', { bearer: earlier })).statusCode).toBe(401)
  expect((await app.send('/users', { bearer: later })).statusCode).toBe(403)
  expect((await app.send('/auth/me', { bearer: later })).json()).toMatchObject({ user: { role: 'viewer' } })
})

test('a role that an administrator gave by hand is kept until the next sign-in, at which the groups decide', async () => {
  await open()
  expect(await roleIn('team')).toBe('user')
  const id = await idOf('lin')
  expect(await change(id, { role: 'viewer' })).toBe(200)
  expect(await roleIn('team')).toBe('user')
  expect(await entry()).toMatchObject(audited('viewer', 'user', 'team'))
  const listed = await app.send(`/users/${id}/identities`, { bearer })
  expect(listed.json()).toMatchObject({ roles_from_groups: true })
  const admin = await app.send(`/users/${await idOf('admin')}/identities`, { bearer })
  expect(admin.json()).toMatchObject({ roles_from_groups: false })
})

test('a person in none of the groups is refused, even with an account, and that is recorded', async () => {
  await open()
  expect(outcome(await signIn('others'))).toEqual([403, 'oidc.no_group'])
  expect((await app.send('/users?q=lin', { bearer })).json()).toMatchObject({ total: 0 })
  expect(await roleIn('team')).toBe('user')
  expect(outcome(await signIn())).toEqual([403, 'oidc.no_group'])
  expect(await newestEntry('oidc')).toMatchObject({
    action: 'refused POST /auth/oidc/finish',
    details: { values: { reason: 'oidc.no_group' } },
  })
})

test('a person in none of the groups gets the role for others if the setting names one', async () => {
  await open({ others: 'viewer' })
  expect(await roleIn()).toBe('viewer')
  expect(await roleIn('team')).toBe('user')
  expect(await roleIn('others')).toBe('viewer')
  expect(await entry()).toMatchObject(audited('user', 'viewer'))
})

test('a person in none of the groups keeps their role if the setting says so', async () => {
  await open({ others: 'keep' })
  expect(outcome(await signIn())).toEqual([403, 'oidc.not_admitted'])
  expect(await roleIn('team')).toBe('user')
  await change(await idOf('lin'), { role: 'viewer' })
  expect(await roleIn('others')).toBe('viewer')
})

test('the last administrator stays an administrator and can sign in, whatever the groups say', async () => {
  await open()
  expect(await roleIn('leads')).toBe('admin')
  const { access_token: own } = (await signIn('leads')).json()
  const other = await idOf('admin')
  const disabled = { method: 'PATCH', bearer: own, payload: { disabled: true } } as const
  expect((await app.send(`/users/${other}`, disabled)).statusCode).toBe(200)
  bearer = own
  const kept = {
    action: 'refused PATCH /users/{id}',
    details: { values: { username: 'lin@example.com', reason: 'user.last_administrator' } },
  }
  for (const groups of [['guests'], [], ['reviewers']]) {
    expect(await roleIn(...groups)).toBe('admin')
    expect(await entry()).toMatchObject(kept)
  }
  await app.send(`/users/${other}`, { ...disabled, payload: { disabled: false } })
  expect(await roleIn('guests')).toBe('viewer')
})

test('a person whose group gives a role that does not exist is refused, even if a later group would give one, until the role is made', async () => {
  await open()
  expect(outcome(await signIn('reviewers', 'team'))).toEqual([403, 'oidc.role_missing'])
  await app.send('/roles', { bearer, payload: { ...reviewers, name: 'REVIEWERS' } })
  expect(await roleIn('reviewers', 'team')).toBe('REVIEWERS')
})

test('a group neither opens a disabled account nor changes its role', async () => {
  await open()
  expect(await roleIn('team')).toBe('user')
  const id = await idOf('lin')
  await change(id, { disabled: true })
  expect(outcome(await signIn('leads'))).toEqual([403, 'auth.disabled'])
  expect((await app.send(`/users/${id}`, { bearer })).json()).toMatchObject({ role: 'user' })
})

test('an account that is found by its e-mail address gets the role of the group, and another claim may name the groups', async () => {
  await open({ claim: 'realm_access.roles' }, true)
  const payload = { username: 'lin@example.com', password: 'correct horse battery', role: 'viewer' }
  await app.send('/users', { bearer, payload })
  const email = { email: 'lin@example.com', email_verified: true }
  world.issuer.person = { sub: 'p1', ...email, realm_access: { roles: ['team'] } }
  expect((await world.signIn(app)).json()).toMatchObject({ user: { role: 'user' } })
  expect(await entry()).toMatchObject(audited('viewer', 'user', 'team'))
})

test('groups are ignored without the setting, and the server is asked for the scope of the setting', async () => {
  app = await world.open({ newPeople: 'viewer', scope: 'openid groups' })
  const { url } = (await app.send('/auth/oidc/start', { method: 'POST' })).json()
  expect(new URL(url).searchParams.get('scope')).toBe('openid groups')
  expect(await roleIn('leads')).toBe('viewer')
})

/** Makes somebody who manages people, and may else do what a viewer may. Resolves with their token. */
async function openManager(): Promise<string> {
  const permissions = ['users.manage', ...rolePermissions.viewer]
  const made = await app.send('/roles', { bearer, payload: { name: 'people', permissions } })
  const { id } = z.object({ id: z.string() }).parse(made.json())
  await app.send('/users', {
    bearer,
    payload: { username: 'wang', password, role: 'user', custom_role_id: id },
  })
  return (await app.signIn('wang')).access_token
}
const refused = [403, 'user.opened_elsewhere']
const known = 'chosen by the manager'
const setPassword = async (username: string, by: string) => {
  const asked = { method: 'PATCH', bearer: by, payload: { password: known } } as const
  return outcome(await app.send(`/users/${await idOf(username)}`, asked))
}

test('whoever manages people cannot know the password of an account to which a group may give more', async () => {
  await open({}, true)
  const manager = await openManager()
  const make = (username: string, by: string) =>
    app.send('/users', { bearer: by, payload: { username, password: known, role: 'viewer' } })
  expect(outcome(await make('lin@example.com', manager))).toEqual(refused)
  expect((await make('zhao', manager)).statusCode).toBe(201)
  expect(await roleIn('guests')).toBe('viewer')
  expect(await setPassword('lin', manager)).toEqual(refused)
  expect(await setPassword('zhao', manager)).toEqual([200, null])
  expect(await roleIn('leads')).toBe('admin')
  expect((await app.login('lin@example.com', known)).statusCode).toBe(401)
  expect((await make('qian@example.com', bearer)).statusCode).toBe(201)
})

test('nor of an account that the server opens already, whether or not addresses open accounts', async () => {
  await open()
  const manager = await openManager()
  expect(await roleIn('guests')).toBe('viewer')
  expect(await setPassword('lin', manager)).toEqual(refused)
  expect(await setPassword('lin', bearer)).toEqual([200, null])
})
