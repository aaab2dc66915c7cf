import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAccessApp, password } from '../../../../../tests/support/access-app.ts'

let vitrine: Awaited<ReturnType<typeof openAccessApp>>
let bearer: string
beforeEach(async () => {
  vitrine = await openAccessApp()
  bearer = (await vitrine.signIn('admin')).access_token
})
afterEach(() => vitrine.close())

const invite = async (payload: object = { role: 'user', note: 'for anna' }, by = bearer) =>
  vitrine.send('/invites', { bearer: by, payload })
const accept = (token: string, username = 'anna') =>
  vitrine.send('/invites/accept', { payload: { token, username, password } })
const look = (token: string) => vitrine.send('/invites/look', { payload: { token } })

test('an invited person sees what they are offered, makes an account with that role, and is signed in', async () => {
  const made = (await invite()).json()
  expect(made).toMatchObject({ role: 'user', note: 'for anna', created_by: 'admin', used_at: null })
  expect(made.url).toMatch(new RegExp(`/invite#${made.token}$`))
  expect((await look(made.token)).json()).toMatchObject({ role: 'user', created_by: 'admin' })
  const answer = await accept(made.token)
  expect([answer.statusCode, answer.json().user]).toMatchObject([201, { username: 'anna', role: 'user' }])
  const me = await vitrine.send('/auth/me', { bearer: answer.json().access_token })
  expect(me.json().user.username).toBe('anna')
  expect((await vitrine.send('/invites', { bearer })).json().items).toMatchObject([{ used_by: 'anna' }])
})

test('an invitation works once, also for two people at the same moment', async () => {
  const { token } = (await invite()).json()
  const answers = await Promise.all([accept(token, 'anna'), accept(token, 'bert')])
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, 403])
  expect((await look(token)).json().error.code).toBe('invite.not_valid')
})

test('one person has a limited number of invitations that nobody has used, also if they make several at once', async () => {
  vitrine.quotas.administrator.invites = 2
  const answers = await Promise.all([invite(), invite(), invite(), invite()])
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, 201, 409, 409])
  expect(answers.find(({ statusCode }) => statusCode === 409)?.json().error.code).toBe('quota.invites')
  // One that was used, or revoked, makes room.
  const made = answers.find(({ statusCode }) => statusCode === 201)?.json()
  expect((await accept(made.token)).statusCode).toBe(201)
  expect((await invite()).statusCode).toBe(201)
})

test('a name that is taken does not use an invitation up', async () => {
  const { token } = (await invite()).json()
  expect((await accept(token, 'ADMIN')).json().error.code).toBe('user.name_taken')
  expect((await accept(token, 'anna')).statusCode).toBe(201)
})

test('whoever holds an invitation asks for no names one after the other, and it stays good', async () => {
  const { token } = (await invite()).json()
  const answers = []
  for (let n = 0; n < 10; n += 1) answers.push(await accept(token, 'admin'))
  expect(answers.map((each) => each.json().error.code)).toEqual(Array(10).fill('user.name_taken'))
  const blocked = await accept(token, 'bert')
  expect([blocked.statusCode, blocked.json().error.code]).toEqual([429, 'invite.too_many_names'])
  expect(Number(blocked.headers['retry-after'])).toBeGreaterThan(0)
  vitrine.passSeconds(3600)
  expect((await accept(token, 'anna')).statusCode).toBe(201)
})

test('a name that looks like another one is refused, and forms of one letter are the same name', async () => {
  const { token } = (await invite()).json()
  for (const lookalike of ['\u0430dmin', 'adm\u0456n', '\u03b1dmin']) {
    const answer = await accept(token, lookalike)
    expect([answer.statusCode, answer.json().error.details.issues[0].path]).toEqual([422, 'username'])
  }
  expect((await accept(token, '\uff41dmin')).json().error.code).toBe('user.name_taken')
  expect((await accept(token, 'anna\u738b')).statusCode).toBe(201)
  expect((await vitrine.login('\uff41nna\u738b')).statusCode).toBe(200)
})

test('an invited person cannot take the e-mail address of somebody else as a name', async () => {
  const { token } = (await invite()).json()
  for (const address of ['ceo@example.com', 'ceo\uff20example.com']) {
    const answer = await accept(token, address)
    expect([answer.statusCode, answer.json().error.details.issues[0].path]).toEqual([422, 'username'])
  }
  // An administrator may give one, and it is signed in with as before.
  const payload = { username: 'ceo@example.com', password, role: 'user' }
  expect((await vitrine.send('/users', { bearer, payload })).statusCode).toBe(201)
  expect((await vitrine.login('ceo@example.com')).statusCode).toBe(200)
})

test('an account that cannot be made leaves its invitation unused', async () => {
  const { token } = (await invite()).json()
  await vitrine.db.execute("alter table users add constraint no_bert check (username <> 'bert')")
  expect((await accept(token, 'bert')).statusCode).toBe(500)
  const { items } = (await vitrine.send('/invites', { bearer })).json()
  expect(items).toMatchObject([{ used_at: null, used_by: null }])
  expect((await accept(token, 'anna')).statusCode).toBe(201)
})

test('an invitation that has expired, was revoked or is made up is refused', async () => {
  const first = (await invite()).json()
  vitrine.passSeconds(7 * 24 * 3600 + 1)
  bearer = (await vitrine.signIn('admin')).access_token
  const second = (await invite()).json()
  await vitrine.send(`/invites/${second.id}`, { method: 'DELETE', bearer })
  for (const token of [first.token, second.token, 'made up'])
    expect((await accept(token)).json().error.code).toBe('invite.not_valid')
})

const refusals = async () =>
  (await vitrine.send('/audit?outcome=refused&page_size=100', { bearer })).json().items

test('an invitation that is not valid is in the audit log without its token, and only so many in an hour', async () => {
  const { token } = (await invite()).json()
  expect((await accept(token)).statusCode).toBe(201)
  const used = await accept(token, 'bert')
  await accept('a-made-up-token', 'carl')
  const [second, first] = await refusals()
  expect(first).toMatchObject({
    actor: 'anonymous',
    action: 'refused POST /invites/accept',
    target: 'bert',
    details: { status: 403, values: { reason: 'invite.not_valid' } },
    request_id: used.headers['x-request-id'],
  })
  expect(second).toMatchObject({ action: 'refused POST /invites/accept', target: 'carl' })
  const log = JSON.stringify((await vitrine.db.execute('select * from audit_log')).rows)
  for (const secret of [token, 'a-made-up-token', password]) expect(log).not.toContain(secret)
  await vitrine.db.execute(`insert into audit_log (number, digest, hash, actor, action, target, details)
    select -n, '', '', 'anonymous', 'refused POST /invites/accept', '', '{}' from generate_series(1, 198) as n`)
  await accept('another-made-up-token')
  expect((await vitrine.send('/audit?outcome=refused', { bearer })).json().total).toBe(200)
})

test('an invitation that is not valid is recorded once for somebody who is signed in, under their name', async () => {
  const payload = { token: 'made-up', username: 'anna', password }
  expect((await vitrine.send('/invites/accept', { bearer, payload })).statusCode).toBe(403)
  expect(await refusals()).toMatchObject([
    {
      actor: 'admin',
      action: 'refused POST /invites/accept',
      details: { values: { reason: 'invite.not_valid' } },
    },
  ])
})

test('an invitation ends when its maker loses the right to give its role', async () => {
  await vitrine.person('second', 'admin')
  const second = await vitrine.signIn('second')
  const { token } = (await invite({ role: 'admin' }, second.access_token)).json()
  await vitrine.send(`/users/${second.user.id}`, { method: 'PATCH', bearer, payload: { role: 'user' } })
  expect((await accept(token)).json().error.code).toBe('invite.not_valid')
})

test('only who manages people may invite, and the database has no token', async () => {
  const { access_token: viewer } = await vitrine.person('viewer', 'viewer')
  expect((await invite({ role: 'viewer' }, viewer)).statusCode).toBe(403)
  const { token } = (await invite()).json()
  const rows = JSON.stringify((await vitrine.db.execute('select * from invites')).rows)
  const log = JSON.stringify((await vitrine.db.execute('select * from audit_log')).rows)
  expect(rows + log).not.toContain(token)
})

test('an expiry in the past is refused', async () => {
  const answer = await invite({ role: 'user', expires_at: '2020-01-01T00:00:00Z' })
  expect(answer.json().error.code).toBe('invite.expiry_in_past')
})

const makeRole = async (permissions: string[]) =>
  (await vitrine.send('/roles', { bearer, payload: { name: '客服', permissions } })).json()

test('an invitation offers a custom role by its name, and the account has its permissions', async () => {
  const role = await makeRole(['services.read', 'runs.create'])
  const made = (await invite({ role: 'viewer', custom_role_id: role.id })).json()
  expect(made).toMatchObject({ role: 'user', custom_role: { id: role.id, name: '客服' } })
  expect((await look(made.token)).json()).toMatchObject({ role: 'user', custom_role: { name: '客服' } })
  const { access_token: anna } = (await accept(made.token)).json()
  expect((await vitrine.send('/auth/me', { bearer: anna })).json()).toMatchObject({
    user: { custom_role: { id: role.id } },
    permissions: ['services.read', 'runs.create'],
  })
})

test('nobody invites to a custom role that permits more than they may do themselves', async () => {
  const held = await makeRole(['users.manage', 'services.read'])
  const more = await vitrine.send('/roles', {
    bearer,
    payload: { name: 'more', permissions: ['services.read', 'audit.read'] },
  })
  const leader = { username: 'leader', password, role: 'user', custom_role_id: held.id }
  await vitrine.send('/users', { bearer, payload: leader })
  const { access_token: by } = await vitrine.signIn('leader')
  const offer = (id: string) => invite({ role: 'user', custom_role_id: id }, by)
  expect((await offer(more.json().id)).json().error.code).toBe('auth.not_permitted')
  expect((await offer('00000000-0000-4000-8000-000000000000')).json().error.code).toBe('role.not_found')
  expect((await offer(held.id)).statusCode).toBe(201)
})

test('an invitation ends when its role permits more than its maker may do, or is deleted', async () => {
  const held = await makeRole(['users.manage', 'services.read'])
  const offered = await vitrine.send('/roles', {
    bearer,
    payload: { name: 'offered', permissions: ['services.read'] },
  })
  const path = `/roles/${offered.json().id}`
  const leader = { username: 'leader', password, role: 'user', custom_role_id: held.id }
  await vitrine.send('/users', { bearer, payload: leader })
  const { access_token: by } = await vitrine.signIn('leader')
  const { token } = (await invite({ role: 'user', custom_role_id: offered.json().id }, by)).json()
  const permit = (permissions: string[]) =>
    vitrine.send(path, { method: 'PATCH', bearer, payload: { permissions } })
  await permit(['services.read', 'audit.read'])
  expect((await accept(token)).json().error.code).toBe('invite.not_valid')
  await permit(['services.read'])
  expect((await look(token)).statusCode).toBe(200)
  expect((await vitrine.send(path, { method: 'DELETE', bearer })).statusCode).toBe(204)
  expect((await accept(token)).json().error.code).toBe('invite.not_valid')
  expect((await vitrine.send('/invites', { bearer })).json().items).toEqual([])
})
