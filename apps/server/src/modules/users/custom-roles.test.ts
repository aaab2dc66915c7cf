import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAccessApp, password } from '../../../../../tests/support/access-app.ts'
import { customRoles } from './users.tables.ts'
import { lockAdministration } from './users.tokens.record.ts'

let vitrine: Awaited<ReturnType<typeof openAccessApp>>
let admin: string
beforeEach(async () => {
  vitrine = await openAccessApp()
  admin = (await vitrine.signIn('admin')).access_token
})
afterEach(() => vitrine.close())

const make = (permissions: string[], name = '客服', bearer = admin) =>
  vitrine.send('/roles', { bearer, payload: { name, permissions } })
const change = (path: string, payload: object, bearer = admin) =>
  vitrine.send(path, { method: 'PATCH', bearer, payload })
const codeOf = (answer: { statusCode: number; json: () => { error: { code: string } } }) => [
  answer.statusCode,
  answer.json().error.code,
]
/** A person with a new custom role of these permissions. */
async function personWith(permissions: string[], username = 'anna') {
  const role = (await make(permissions, `role of ${username}`)).json()
  const payload = { username, password, role: 'viewer', custom_role_id: role.id }
  const made = (await vitrine.send('/users', { bearer: admin, payload })).json()
  const signedIn = await vitrine.signIn(username)
  return { role, id: made.id, bearer: signedIn.access_token, signedIn }
}
const claimOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).role

test('a custom role permits what it lists and nothing else', async () => {
  const { bearer, signedIn } = await personWith(['audit.read', 'services.read'])
  expect(signedIn.user).toMatchObject({
    role: 'user',
    custom_role: { name: 'role of anna', permissions: ['audit.read', 'services.read'] },
  })
  expect((await vitrine.send('/auth/me', { bearer })).json().permissions).toEqual([
    'audit.read',
    'services.read',
  ])
  const statuses = await Promise.all(
    ['/audit', '/users', '/api-keys'].map(async (path) => (await vitrine.send(path, { bearer })).statusCode),
  )
  expect(statuses).toEqual([200, 403, 403])
})

test('the gateway opens services only to custom roles that may run', async () => {
  const reader = await personWith(['services.read', 'api_keys.own'], 'reader')
  const runner = await personWith(['services.read', 'runs.create'], 'runner')
  expect([claimOf(reader.bearer), claimOf(runner.bearer)]).toEqual(['none', 'user'])
  const key = { bearer: reader.bearer, payload: { name: 'k', scopes: ['run'] } }
  expect((await vitrine.send('/api-keys', key)).statusCode).toBe(201)
  expect(vitrine.published.at(-1)?.keys).toEqual([])
})

test('a changed role counts at the next request, and the gateway refuses the tokens from before', async () => {
  const { role, id, bearer } = await personWith(['audit.read'])
  await change(`/roles/${role.id}`, { permissions: ['services.read'] })
  expect((await vitrine.send('/audit', { bearer })).statusCode).toBe(401)
  expect(vitrine.published.at(-1)?.revoked).toMatchObject([{ subject: `user:${id}`, before_generation: 1 }])
  const again = (await vitrine.signIn('anna')).access_token
  expect((await vitrine.send('/audit', { bearer: again })).statusCode).toBe(403)
})

test('a change of the name keeps permissions that somebody else has stored meanwhile', async () => {
  const role = (await make(['services.read'])).json()
  const renamed = await vitrine.db.transaction(async (transaction) => {
    await lockAdministration(transaction)
    const under = { answer: change(`/roles/${role.id}`, { name: 'other' }) }
    await vitrine.someoneWaits()
    await transaction.update(customRoles).set({ permissions: ['audit.read'] })
    return under
  })
  expect((await renamed.answer).json()).toMatchObject({ name: 'other', permissions: ['audit.read'] })
})

test('a role that somebody else has added to meanwhile is not deleted by who may do less', async () => {
  const { bearer } = await personWith(['users.manage', 'services.read'])
  const role = (await make(['services.read'])).json()
  const refused = await vitrine.db.transaction(async (transaction) => {
    await lockAdministration(transaction)
    const under = { answer: vitrine.send(`/roles/${role.id}`, { method: 'DELETE', bearer }) }
    await vitrine.someoneWaits()
    await transaction
      .update(customRoles)
      .set({ permissions: ['audit.read'] })
      .where(eq(customRoles.id, role.id))
    return under
  })
  expect(codeOf(await refused.answer)).toEqual([403, 'auth.not_permitted'])
  expect((await vitrine.send(`/roles/${role.id}`, { method: 'DELETE', bearer: admin })).statusCode).toBe(204)
})

test('nobody gives a permission that they have not', async () => {
  const { bearer, id } = await personWith(['users.manage', 'services.read'])
  expect(codeOf(await make(['users.manage', 'audit.read'], 'more', bearer))).toEqual([
    403,
    'auth.not_permitted',
  ])
  expect((await make(['services.read'], 'less', bearer)).statusCode).toBe(201)
  const as = (role: string) => ({ bearer, payload: { username: 'bert', password, role } })
  expect(codeOf(await vitrine.send('/users', as('admin')))).toEqual([403, 'auth.not_permitted'])
  expect(codeOf(await vitrine.send('/users', as('viewer')))).toEqual([403, 'auth.not_permitted'])
  expect(codeOf(await change(`/users/${id}`, { role: 'admin' }, bearer))).toEqual([403, 'auth.not_permitted'])
  const invite = { bearer, payload: { role: 'admin' } }
  expect(codeOf(await vitrine.send('/invites', invite))).toEqual([403, 'auth.not_permitted'])
})

test('who manages people does not take over somebody who may do more', async () => {
  const { bearer } = await personWith(['users.manage', 'services.read'])
  const { items } = (await vitrine.send('/users', { bearer })).json()
  const boss = items.find(({ username }: { username: string }) => username === 'admin')
  const attempt = await change(`/users/${boss.id}`, { password: 'a password of mine' }, bearer)
  expect(codeOf(attempt)).toEqual([403, 'auth.not_permitted'])
  expect(codeOf(await change(`/users/${boss.id}`, { disabled: true }, bearer))).toEqual([
    403,
    'auth.not_permitted',
  ])
  const removal = await vitrine.send(`/users/${boss.id}`, { method: 'DELETE', bearer })
  expect(codeOf(removal)).toEqual([403, 'auth.not_permitted'])
  expect((await vitrine.login('admin')).statusCode).toBe(200)
})

test('who manages people neither sees the keys nor ends the sessions of somebody who may do more', async () => {
  const { bearer } = await personWith(['users.manage', 'api_keys.own'])
  const key = (
    await vitrine.send('/api-keys', { bearer: admin, payload: { name: 'k', scopes: ['admin'] } })
  ).json()
  expect((await vitrine.send('/api-keys', { bearer })).json().items).toEqual([])
  expect(codeOf(await change(`/api-keys/${key.id}`, { expires_at: null }, bearer))).toEqual([
    404,
    'api_key.not_found',
  ])
  const everybody = async (as: string) =>
    (await vitrine.send('/sessions?everyone=true', { bearer: as })).json()
  const { items } = await everybody(admin)
  const ofBoss = items.find(({ username }: { username: string }) => username === 'admin')
  const seen = await everybody(bearer)
  expect(seen.items.map(({ username }: { username: string }) => username)).toEqual(['anna'])
  expect(seen.total).toBe(1)
  expect(codeOf(await vitrine.send(`/sessions?user_id=${ofBoss.user_id}`, { bearer }))).toEqual([
    403,
    'auth.not_permitted',
  ])
  const end = (path: string, as: string) => vitrine.send(path, { method: 'DELETE', bearer: as })
  expect(codeOf(await end(`/sessions/${ofBoss.id}`, bearer))).toEqual([403, 'auth.not_permitted'])
  expect(codeOf(await end(`/sessions?user_id=${ofBoss.user_id}`, bearer))).toEqual([
    403,
    'auth.not_permitted',
  ])
  expect((await vitrine.send('/auth/me', { bearer: admin })).statusCode).toBe(200)
})

test('who manages people revokes no invitation of somebody who may do more, and to no more than they may do', async () => {
  const { permissions } = (await vitrine.send('/auth/me', { bearer: admin })).json()
  const { bearer } = await personWith(['users.manage'])
  const almost = await personWith(permissions, 'bert')
  const invite = async (role: string, by: string) =>
    (await vitrine.send('/invites', { bearer: by, payload: { role } })).json().id
  const revoke = (id: string, by: string) => vitrine.send(`/invites/${id}`, { method: 'DELETE', bearer: by })
  const ofBoss = await invite('viewer', admin)
  expect(codeOf(await revoke(ofBoss, bearer))).toEqual([403, 'auth.not_permitted'])
  expect(codeOf(await revoke(ofBoss, almost.bearer))).toEqual([403, 'role.administrators_only'])
  expect((await revoke(await invite('viewer', almost.bearer), almost.bearer)).statusCode).toBe(204)
  expect((await revoke(ofBoss, admin)).statusCode).toBe(204)
})

test('a role is given to as many people at once as there are connections', async () => {
  const role = (await make(['services.read'])).json()
  const people = await Promise.all(
    Array.from({ length: 24 }, async (_, n) => {
      const payload = { username: `person-${n}`, password, role: 'viewer' }
      return (await vitrine.send('/users', { bearer: admin, payload })).json()
    }),
  )
  const answers = await Promise.all(
    people.map(({ id }) => change(`/users/${id}`, { custom_role_id: role.id })),
  )
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(people.map(() => 200))
})

test('all permissions in a custom role do not make an administrator', async () => {
  const { permissions, user } = (await vitrine.send('/auth/me', { bearer: admin })).json()
  const { bearer, id } = await personWith(permissions)
  const only = [403, 'role.administrators_only']
  expect(codeOf(await change(`/users/${id}`, { role: 'admin' }, bearer))).toEqual(only)
  const payload = { username: 'bert', password, role: 'admin' }
  expect(codeOf(await vitrine.send('/users', { bearer, payload }))).toEqual(only)
  expect(codeOf(await vitrine.send('/invites', { bearer, payload: { role: 'admin' } }))).toEqual(only)
  expect(codeOf(await change(`/users/${user.id}`, { disabled: true }, bearer))).toEqual(only)
  const end = { method: 'DELETE' as const, bearer }
  expect(codeOf(await vitrine.send(`/sessions?user_id=${user.id}`, end))).toEqual(only)
})

test('the last administrator cannot get a custom role', async () => {
  const all = (await vitrine.send('/auth/me', { bearer: admin })).json()
  const { id } = (await make(all.permissions, 'everything')).json()
  const answer = await change(`/users/${all.user.id}`, { custom_role_id: id })
  expect(codeOf(answer)).toEqual([409, 'user.last_administrator'])
})

test('built-in roles are listed and cannot be changed; a role that somebody has cannot be deleted', async () => {
  const { role, id } = await personWith(['services.read'])
  const { items } = (await vitrine.send('/roles', { bearer: admin })).json()
  expect(items.map(({ name, users }: { name: string; users: number }) => [name, users])).toEqual([
    ['viewer', 0],
    ['user', 0],
    ['admin', 1],
    ['role of anna', 1],
  ])
  expect((await change('/roles/admin', { permissions: ['services.read'] })).statusCode).toBe(422)
  const remove = () => vitrine.send(`/roles/${role.id}`, { method: 'DELETE', bearer: admin })
  expect(codeOf(await remove())).toEqual([409, 'role.in_use'])
  expect((await change(`/users/${id}`, { role: 'viewer' })).json()).toMatchObject({
    role: 'viewer',
    custom_role: null,
  })
  expect((await remove()).statusCode).toBe(204)
  expect(codeOf(await remove())).toEqual([404, 'role.not_found'])
})

test('names of roles are unique, and unknown permissions are refused', async () => {
  await make(['services.read'], 'Desk')
  expect(codeOf(await make(['services.read'], 'desk'))).toEqual([409, 'role.name_taken'])
  for (const wrong of [['metrics.read'], ['everything'], []])
    expect((await make(wrong, 'odd')).statusCode).toBe(422)
})
