import { sql } from 'drizzle-orm'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAccessApp, password } from '../../../../../../tests/support/access-app.ts'

let fresh: Awaited<ReturnType<typeof openAccessApp>>
beforeEach(async () => {
  fresh = await openAccessApp({ adminPassword: null })
})
afterEach(() => fresh.close())

const setUp = (token: string | null, username = '张三') =>
  fresh.send('/setup', { payload: { token: token ?? '', username, password } })
const required = async () => (await fresh.send('/setup')).json()

test('the one-time link creates the first administrator, signs them in, and then no longer works', async () => {
  expect(await required()).toEqual({ required: true })
  const made = await setUp(fresh.access.setupToken)
  expect(made.statusCode).toBe(201)
  expect(made.json().user).toMatchObject({ username: '张三', role: 'admin', disabled: false })
  expect((await fresh.send('/users', { bearer: made.json().access_token })).statusCode).toBe(200)
  expect(await required()).toEqual({ required: false })
  const again = await setUp(fresh.access.setupToken, 'second')
  expect([again.statusCode, again.json().error.code]).toEqual([409, 'setup.done'])
})

test('a wrong set-up token is refused and creates no user', async () => {
  const answer = await setUp('guess')
  expect([answer.statusCode, answer.json().error.code]).toEqual([403, 'setup.token_invalid'])
  expect(await required()).toEqual({ required: true })
  await setUp(fresh.access.setupToken)
  const { rows } = await fresh.db.execute(
    sql`select action, actor, target, details from audit_log where action = 'refused POST /setup'`,
  )
  expect(rows).toMatchObject([
    { actor: 'anonymous', target: '张三', details: { values: { reason: 'setup.token_invalid' } } },
  ])
  expect(JSON.stringify(rows)).not.toContain('guess')
})

test('of many simultaneous set-ups exactly one creates an administrator', async () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const answers = await Promise.all(names.map((name) => setUp(fresh.access.setupToken, name)))
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, 409, 409, 409, 409])
  const bearer = answers.find(({ statusCode }) => statusCode === 201)?.json().access_token
  expect((await fresh.send('/users', { bearer })).json().total).toBe(1)
})

test('only a hash of the token is on disk, in files with mode 0600', async () => {
  const names = await readdir(fresh.secretsFolder)
  expect(names.length).toBeGreaterThan(0)
  for (const name of names) {
    const file = join(fresh.secretsFolder, name)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readFile(file, 'utf8')).not.toContain(fresh.access.setupToken)
  }
})

test('a link printed before a restart still works, and so does the new one', async () => {
  const restarted = await fresh.restart()
  expect(restarted.setupToken).not.toBe(fresh.access.setupToken)
  expect((await setUp(fresh.access.setupToken)).statusCode).toBe(201)
  expect((await fresh.restart()).setupToken).toBeNull()
  expect(await readdir(fresh.secretsFolder)).toEqual(['audit-chain.key', 'token-key-p256.json'])
})

test('VITRINE_ADMIN_PASSWORD creates the user admin if there is no user, and otherwise changes nothing', async () => {
  const first = await fresh.restart(password)
  expect([first.administratorMade, first.setupToken]).toEqual([true, null])
  const second = await fresh.restart('another password')
  expect([second.administratorMade, second.setupToken]).toEqual([false, null])
  expect((await fresh.login('admin', 'another password')).statusCode).toBe(401)
  expect((await fresh.login('admin')).json().user).toMatchObject({ username: 'admin', role: 'admin' })
})
