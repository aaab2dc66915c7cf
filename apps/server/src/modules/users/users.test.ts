import { afterEach, beforeEach, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { createUsersRepository } from './users.repository.ts'
import { openAccessApp, password } from '../../../../../tests/support/access-app.ts'

let vitrine: Awaited<ReturnType<typeof openAccessApp>>
let bearer: string
let adminId: string
beforeEach(async () => {
  vitrine = await openAccessApp()
  const admin = await vitrine.signIn('admin')
  bearer = admin.access_token
  adminId = admin.user.id
})
afterEach(() => vitrine.close())

const add = (username: string, role = 'user') =>
  vitrine.send('/users', { bearer, payload: { username, password, role } })
const patch = (id: string, payload: object) =>
  vitrine.send(`/users/${id}`, { method: 'PATCH', bearer, payload })
const remove = (id: string) => vitrine.send(`/users/${id}`, { method: 'DELETE', bearer })
const list = async (query: string) => (await vitrine.send(`/users?${query}`, { bearer })).json()
const codeOf = (answer: { statusCode: number; json: () => { error: { code: string } } }) => [
  answer.statusCode,
  answer.json().error.code,
]

test('a user is added, shown without any trace of the password, and can sign in', async () => {
  const made = await add('李四')
  expect(made.statusCode).toBe(201)
  expect(Object.keys(made.json()).toSorted()).toEqual([
    'created_at',
    'custom_role',
    'disabled',
    'id',
    'last_login_at',
    'role',
    'username',
  ])
  const { id } = made.json()
  expect((await vitrine.send(`/users/${id}`, { bearer })).json()).toEqual(made.json())
  expect((await vitrine.login('李四')).statusCode).toBe(200)
})

test('passwords are stored as argon2id hashes', async () => {
  const rows = await vitrine.db.execute<{ password_hash: string }>('select password_hash from users')
  expect(rows.rows.map((row) => row.password_hash.slice(0, 30))).toEqual(['$argon2id$v=19$m=19456,t=2,p=1'])
})

test('names are unique, ignoring case', async () => {
  await add('Anna')
  expect(codeOf(await add('anna'))).toEqual([409, 'user.name_taken'])
})

test.each([
  [{ username: 'short', password: 'short', role: 'user' }],
  [{ username: 'no spaces', password, role: 'user' }],
  [{ username: 'x', password, role: 'owner' }],
])('a bad person is 422: %j', async (payload) => {
  expect((await vitrine.send('/users', { bearer, payload })).statusCode).toBe(422)
})

test('the list can be searched, sorted and read page by page', async () => {
  for (const name of ['carl', 'Bert', 'anna']) await add(name)
  const names = async (query: string) =>
    (await list(query)).items.map((each: { username: string }) => each.username)
  expect(await names('')).toEqual(['admin', 'anna', 'Bert', 'carl'])
  expect(await names('sort=-username')).toEqual(['carl', 'Bert', 'anna', 'admin'])
  expect(await names('page=2&page_size=3')).toEqual(['carl'])
  expect(await list('q=ER')).toMatchObject({ total: 1, items: [{ username: 'Bert' }] })
  expect(await names('q=%25')).toEqual([])
})

test('the last enabled administrator cannot be removed, disabled or demoted', async () => {
  const other = (await add('other', 'admin')).json()
  await patch(other.id, { disabled: true })
  expect(codeOf(await patch(adminId, { role: 'user' }))).toEqual([409, 'user.last_administrator'])
  expect(codeOf(await patch(adminId, { disabled: true }))).toEqual([409, 'user.last_administrator'])
  await patch(other.id, { disabled: false })
  const key = { bearer: (await vitrine.signIn('other')).access_token }
  expect((await patch(adminId, { role: 'user' })).statusCode).toBe(200)
  const gone = await vitrine.send(`/users/${adminId}`, { method: 'DELETE', ...key })
  expect(gone.statusCode).toBe(204)
})

test('two administrators who demote each other at the same time do not leave none', async () => {
  const other = (await add('other', 'admin')).json()
  const answers = await Promise.all([patch(adminId, { role: 'user' }), patch(other.id, { role: 'user' })])
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 409])
})

test('changes of administrators wait for each other', async () => {
  const users = createUsersRepository({ db: vitrine.db })
  const order: string[] = []
  let leave = () => {}
  const first = users.exclusively(async () => {
    order.push('first in')
    await new Promise<void>((resolve) => (leave = resolve))
    order.push('first out')
  })
  await waitFor(() => order.length === 1, { timeoutMs: patienceMs })
  const second = users.exclusively(async () => void order.push('second in'))
  const waited = await vitrine.someoneWaits()
  leave()
  await Promise.all([first, second])
  expect(waited).toBe(true)
  expect(order).toEqual(['first in', 'first out', 'second in'])
})

test('nobody can remove their own account', async () => {
  await add('other', 'admin')
  expect(codeOf(await remove(adminId))).toEqual([409, 'user.own_account'])
})

test('a disabled user is signed out at once, cannot sign in, and must sign in again when enabled', async () => {
  const anna = await vitrine.person('anna', 'user')
  const me = (token: string) => vitrine.send('/auth/me', { bearer: token })
  expect((await me(anna.access_token)).statusCode).toBe(200)
  await patch(anna.user.id, { disabled: true })
  expect((await me(anna.access_token)).statusCode).toBe(401)
  expect(codeOf(await vitrine.login('anna'))).toEqual([403, 'auth.disabled'])
  expect(codeOf(await vitrine.login('anna', 'wrong'))).toEqual([401, 'auth.wrong_password'])
  await patch(anna.user.id, { disabled: false })
  expect((await me(anna.access_token)).statusCode).toBe(401)
  expect((await vitrine.login('anna')).statusCode).toBe(200)
})

test('a new role takes effect at once: earlier tokens are refused, and a refresh brings the new role', async () => {
  const anna = await vitrine.person('anna', 'admin')
  expect((await vitrine.send('/users', { bearer: anna.access_token })).statusCode).toBe(200)
  // The clock stands still: a token from the very moment of the change ends as well.
  await patch(anna.user.id, { role: 'user' })
  expect((await vitrine.send('/auth/me', { bearer: anna.access_token })).statusCode).toBe(401)
  const renewed = await vitrine.send('/auth/refresh', {
    method: 'POST',
    cookies: { vitrine_refresh: anna.refresh },
  })
  const me = await vitrine.send('/auth/me', { bearer: renewed.json().access_token })
  expect(me.json()).toMatchObject({ user: { role: 'user' } })
  expect(me.json().permissions).toContain('services.deploy')
})

test('setting a user’s password as an administrator ends their sessions', async () => {
  const anna = await vitrine.person('anna', 'user')
  await patch(anna.user.id, { password: 'from the administrator' })
  expect((await vitrine.send('/auth/me', { bearer: anna.access_token })).statusCode).toBe(401)
  expect((await vitrine.login('anna')).statusCode).toBe(401)
  expect((await vitrine.login('anna', 'from the administrator')).statusCode).toBe(200)
})

test('nobody changes their own password without the current one, also not with a key', async () => {
  const asked = { name: 'x', scopes: ['admin'] }
  const { key } = (await vitrine.send('/api-keys', { bearer, payload: asked })).json()
  for (const by of [bearer, key]) {
    const payload = { password: 'of somebody else' }
    const answer = await vitrine.send(`/users/${adminId}`, { method: 'PATCH', bearer: by, payload })
    expect(codeOf(answer)).toEqual([409, 'user.own_password'])
  }
  expect((await vitrine.login('admin')).statusCode).toBe(200)
})

test('a removed user is gone, with their sessions and keys', async () => {
  const anna = await vitrine.person('anna', 'user')
  const key = await vitrine.send('/api-keys', {
    bearer: anna.access_token,
    payload: { name: 'ci', scopes: ['read'] },
  })
  expect((await remove(anna.user.id)).statusCode).toBe(204)
  expect(codeOf(await remove(anna.user.id))).toEqual([404, 'user.not_found'])
  for (const token of [anna.access_token, key.json().key])
    expect((await vitrine.send('/auth/me', { bearer: token })).statusCode).toBe(401)
  expect(vitrine.published.at(-1)?.keys).toEqual([])
})

test('only administrators may manage users and roles', async () => {
  const anna = await vitrine.person('anna', 'user')
  for (const url of ['/users', '/roles', '/audit'])
    expect((await vitrine.send(url, { bearer: anna.access_token })).statusCode).toBe(403)
  const { items } = (await vitrine.send('/roles', { bearer })).json()
  expect(items.map((role: { name: string }) => role.name)).toEqual(['viewer', 'user', 'admin'])
})
