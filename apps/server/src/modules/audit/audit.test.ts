import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAccessApp, password } from '../../../../../tests/support/access-app.ts'

let vitrine: Awaited<ReturnType<typeof openAccessApp>>
let bearer: string
beforeEach(async () => {
  vitrine = await openAccessApp()
  bearer = (await vitrine.signIn('admin')).access_token
})
afterEach(() => vitrine.close())

type Entry = {
  actor: string
  actor_id: string | null
  action: string
  target: string
  target_name: string | null
  details: object
  request_id: string
}
const entries = async (query = ''): Promise<Entry[]> =>
  (await vitrine.send(`/audit?${query}`, { bearer })).json().items

test('every change is recorded with who did what, on what, and in which request', async () => {
  const made = await vitrine.send('/users', {
    bearer,
    payload: { username: 'anna', password, role: 'viewer' },
  })
  const { id } = made.json()
  const changed = await vitrine.send(`/users/${id}`, { method: 'PATCH', bearer, payload: { role: 'user' } })
  const [last, previous] = await entries()
  expect(last).toMatchObject({
    actor: 'admin',
    action: 'PATCH /users/{id}',
    target: id,
    details: { status: 200, fields: ['role'], values: { role: 'user' } },
    request_id: changed.headers['x-request-id'],
  })
  expect(previous).toMatchObject({
    action: 'POST /users',
    target: id,
    details: { fields: ['username', 'password', 'role'], values: { username: 'anna', role: 'viewer' } },
  })
})

test('a change is recorded with the values before and after it, a deletion with what is gone', async () => {
  const payload = { username: 'anna', password, role: 'viewer' }
  const { id } = (await vitrine.send('/users', { bearer, payload })).json()
  const change = { role: 'user', disabled: true, password: 'another password' }
  await vitrine.send(`/users/${id}`, { method: 'PATCH', bearer, payload: change })
  await vitrine.send(`/users/${id}`, { method: 'DELETE', bearer })
  const [removal, patch] = await entries()
  expect(patch?.details).toMatchObject({
    changes: { role: { before: 'viewer', after: 'user' }, disabled: { before: false, after: true } },
  })
  expect(removal?.details).toMatchObject({ changes: { username: { before: 'anna', after: null } } })
  expect(JSON.stringify([removal, patch])).not.toContain('another password')
})

test('what somebody may not do is recorded with who tried it, and a flood of attempts writes few entries', async () => {
  const { access_token: viewer, user } = await vitrine.person('anna', 'viewer')
  const answer = await vitrine.send('/users', { bearer: viewer })
  expect(answer.statusCode).toBe(403)
  const [entry] = await entries('outcome=refused')
  expect(entry).toMatchObject({
    actor: 'anna',
    actor_id: user.id,
    action: 'refused GET /users',
    details: {
      status: 403,
      values: { reason: 'auth.not_permitted' },
      because: { zh: answer.json().error.message, en: expect.stringMatching(/^[A-Z]/) },
    },
    request_id: answer.headers['x-request-id'],
  })
  for (let at = 0; at < 30; at += 1) await vitrine.send('/users', { bearer: viewer })
  const all = await entries('outcome=refused&page_size=100')
  expect(all).toHaveLength(20)
  expect(all[0]?.details).toMatchObject({ more_in_this_hour: 'not recorded' })
  // Nobody is signed in: there is no person to name.
  await vitrine.send('/users')
  expect(await entries('outcome=refused&page_size=100')).toHaveLength(20)
})

test('the log can be asked for a span of time and for what became of it', async () => {
  await vitrine.login('admin', 'wrong')
  await vitrine.db.execute(`update audit_log set created_at = '2026-01-05T10:00:00Z' where number = 1`)
  const named = async (query: string) => (await entries(query)).map(({ action }) => action)
  expect(await named('from=2026-01-05T00:00:00Z&to=2026-01-06T00:00:00Z')).toEqual(['POST /auth/login'])
  expect(await named('to=2026-01-04T00:00:00Z')).toEqual([])
  expect(await named('outcome=done')).toEqual(['POST /auth/login'])
  expect(await named('outcome=refused')).toEqual(['refused POST /auth/login'])
})

test('the log is exported as CSV and as JSON lines, as a person filters it', async () => {
  for (const username of ['anna', 'bert'])
    await vitrine.send('/users', { bearer, payload: { username, password, role: 'user' } })
  const csv = await vitrine.send('/audit/file?q=/users', { bearer })
  expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8')
  expect(csv.body.trim().split('\r\n')).toEqual([
    expect.stringContaining('number,created_at,actor'),
    expect.stringContaining('anna'),
    expect.stringContaining('bert'),
  ])
  const lines = await vitrine.send('/audit/file?format=jsonl', { bearer })
  const read = lines.body
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(read.map(({ number, action }) => [number, action])).toEqual([
    [1, 'POST /auth/login'],
    [2, 'POST /users'],
    [3, 'POST /users'],
  ])
})

test('a deleted person keeps the name that the log states, also in the entry about the deletion', async () => {
  const payload = { username: 'anna', password, role: 'viewer' }
  const { id } = (await vitrine.send('/users', { bearer, payload })).json()
  await vitrine.send(`/users/${id}`, { method: 'PATCH', bearer, payload: { disabled: true } })
  await vitrine.send(`/users/${id}`, { method: 'DELETE', bearer })
  expect((await entries('sort=created_at')).map(({ action, target_name }) => [action, target_name])).toEqual([
    ['POST /auth/login', null],
    ['POST /users', 'anna'],
    ['PATCH /users/{id}', 'anna'],
    ['DELETE /users/{id}', 'anna'],
  ])
})

test('a sign-in is recorded with the person, a change with a key also with the key’s name', async () => {
  const made = await vitrine.send('/api-keys', { bearer, payload: { name: 'ci', scopes: ['admin'] } })
  const payload = { username: 'bert', password, role: 'viewer' }
  await vitrine.send('/users', { bearer: made.json().key, payload })
  expect(
    (await entries('sort=created_at')).map(({ actor, action, target }) => [actor, action, target]),
  ).toEqual([
    ['admin', 'POST /auth/login', 'admin'],
    ['admin', 'POST /api-keys', made.json().id],
    ['admin (key ci)', 'POST /users', expect.any(String)],
  ])
})

test('a body that a route does not know is not recorded, and hides nothing', async () => {
  const payload = { username: 'anna', password, role: 'viewer' }
  const { id } = (await vitrine.send('/users', { bearer, payload })).json()
  const forged = { reason: 'asked for by the boss\u0000', name: 'the boss', ['x'.repeat(5000)]: 1 }
  const removed = await vitrine.send(`/users/${id}`, { method: 'DELETE', bearer, payload: forged })
  expect(removed.statusCode).toBe(204)
  const [last] = await entries()
  expect(last).toMatchObject({
    actor: 'admin',
    action: 'DELETE /users/{id}',
    target: id,
    target_name: 'anna',
    details: { fields: [], values: {} },
  })
})

test('a request to sign out that ends nothing is not recorded', async () => {
  const before = (await entries()).length
  expect((await vitrine.send('/auth/logout', { payload: { role: 'admin' } })).statusCode).toBe(204)
  expect(await entries()).toHaveLength(before)
})

test('reads, refused changes and refreshes are not recorded', async () => {
  const { refresh } = await vitrine.signIn('admin')
  const before = await entries()
  await vitrine.send('/users', { bearer })
  await vitrine.send('/users', { bearer, payload: { username: 'admin', password, role: 'user' } })
  await vitrine.send('/auth/refresh', { method: 'POST', cookies: { vitrine_refresh: refresh } })
  expect(await entries()).toEqual(before)
})

test('a failed sign-in is recorded with name, address and reason, and never with the password', async () => {
  const answer = await vitrine.login('admin', 'a wrong password', '10.0.0.9')
  const [entry] = await entries()
  expect(entry).toMatchObject({
    actor: 'anonymous',
    action: 'refused POST /auth/login',
    target: 'admin',
    details: {
      status: 401,
      remote_address: '10.0.0.9',
      values: { reason: 'auth.wrong_password' },
      because: { zh: answer.json().error.message, en: expect.stringMatching(/^[A-Z]/) },
    },
    request_id: answer.headers['x-request-id'],
  })
  await vitrine.login('my password, in the wrong field!', 'x')
  const rows = JSON.stringify((await vitrine.db.execute('select * from audit_log')).rows)
  expect(rows).not.toContain('wrong field')
  expect(rows).not.toContain('a wrong password')
})

test('a wrong current password and a disabled account are recorded too', async () => {
  const { id } = (
    await vitrine.send('/users', { bearer, payload: { username: 'anna', password, role: 'user' } })
  ).json()
  await vitrine.send('/users/' + id, { method: 'PATCH', bearer, payload: { disabled: true } })
  await vitrine.login('anna')
  const payload = { current_password: 'wrong', new_password: 'another password' }
  await vitrine.send('/auth/password', { bearer, payload })
  const found = await entries('q=refused')
  expect(found).toMatchObject([
    {
      actor: 'admin',
      action: 'refused POST /auth/password',
      target: 'admin',
      details: { values: { reason: 'auth.current_password_wrong' } },
    },
    {
      actor: 'anonymous',
      action: 'refused POST /auth/login',
      target: 'anna',
      details: { values: { reason: 'auth.disabled' } },
    },
  ])
})

test('a flood of failed sign-ins writes two hundred entries an hour, and the last one says so', async () => {
  await vitrine.db.execute(`insert into audit_log (number, digest, hash, actor, action, target, details)
    select -n, '', '', 'anonymous', 'refused POST /auth/login', 'admin', '{}' from generate_series(1, 199) as n`)
  await vitrine.login('admin', 'wrong', '10.0.0.1')
  await vitrine.login('admin', 'wrong', '10.0.0.2')
  const { items, total } = (await vitrine.send('/audit?q=refused', { bearer })).json()
  expect(total).toBe(200)
  expect(items[0].details).toMatchObject({
    remote_address: '10.0.0.1',
    values: { more_in_this_hour: 'not recorded' },
  })
})

test('failed sign-ins and wrong current passwords are removed after ninety days, and nothing else', async () => {
  await vitrine.login('admin', 'wrong')
  const payload = { current_password: 'wrong', new_password: 'another password' }
  await vitrine.send('/auth/password', { bearer, payload })
  expect(await entries()).toHaveLength(3)
  await vitrine.db.execute(`update audit_log set created_at = '2025-11-01'`)
  await vitrine.access.forgetOldSignIns()
  expect((await entries()).map(({ action }) => action)).toEqual(['POST /auth/login'])
})

test('no password, token or key is written to the log', async () => {
  const made = await vitrine.send('/api-keys', { bearer, payload: { name: 'ci', scopes: ['read'] } })
  await vitrine.send('/auth/password', {
    bearer,
    payload: { current_password: password, new_password: 'another password' },
  })
  const rows = JSON.stringify((await vitrine.db.execute('select * from audit_log')).rows)
  expect(rows).toContain('new_password')
  for (const secret of [password, 'another password', bearer, made.json().key])
    expect(rows).not.toContain(secret)
})

test('a change that cannot be recorded fails', async () => {
  await vitrine.db.execute('alter table audit_log rename to audit_log_away')
  const answer = await vitrine.send('/users', { bearer, payload: { username: 'a', password, role: 'user' } })
  expect([answer.statusCode, answer.json().error.code]).toEqual([500, 'internal'])
})

test('the log can be searched and is divided into pages', async () => {
  for (const username of ['anna', 'bert', 'carl'])
    await vitrine.send('/users', { bearer, payload: { username, password, role: 'user' } })
  const found = (await vitrine.send('/audit?q=post%20/USERS&page_size=2&page=2', { bearer })).json()
  expect([found.total, found.items.length]).toEqual([3, 1])
})

test('the names of the targets of a page are found by an index, however long the log is', async () => {
  const plan = await vitrine.db.transaction(async (tx) => {
    // A short table is read as a whole otherwise.
    await tx.execute('set local enable_seqscan = off')
    return tx.execute(`explain select distinct on (target) target, details from audit_log
      where target in ('one', 'other') order by target, created_at desc`)
  })
  expect(JSON.stringify(plan.rows)).toContain('audit_log_target_idx')
})
