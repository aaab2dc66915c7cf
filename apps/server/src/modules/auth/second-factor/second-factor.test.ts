import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { sql } from 'drizzle-orm'
import { openAccessApp, password } from '../../../../../../tests/support/access-app.ts'
import { totpCode } from './one-time-codes.ts'
import { secondFactors } from '../auth.tables.ts'

let vitrine: Awaited<ReturnType<typeof openAccessApp>>
let lin: Awaited<ReturnType<typeof vitrine.person>>
beforeEach(async () => {
  vitrine = await openAccessApp()
  lin = await vitrine.person('lin', 'user')
})
afterEach(() => vitrine.close())

const begun = z.object({ secret: z.string(), uri: z.string() })
const codes = z.object({ recovery_codes: z.array(z.string()) })

const post = (path: string, payload: object, bearer = lin.access_token) =>
  vitrine.send(path, { bearer, payload })
const begin = async () => {
  const answer = await post('/auth/second-factor', { current_password: password })
  return begun.parse(answer.json())
}
/** The code that the app shows now, or `laterS` seconds later. */
const shows = (secret: string, laterS = 0) =>
  totpCode(secret, new Date(vitrine.now().getTime() + laterS * 1000))
const logIn = (code?: string, username = 'lin', given = password) =>
  vitrine.send('/auth/login', { payload: { username, password: given, ...(code !== undefined && { code }) } })
const outcome = (answer: { statusCode: number; body: string }) => {
  const { data } = z
    .object({ error: z.object({ code: z.string() }) })
    .safeParse(JSON.parse(answer.body || '{}'))
  return [answer.statusCode, data?.error.code ?? null]
}
const tokenOf = ({ cookies }: Awaited<ReturnType<typeof logIn>>) =>
  cookies.find(({ name }) => name === 'vitrine_session')?.value ?? ''
/** Turns the second factor of lin on. This uses up the code of the present time step. */
async function turnOn() {
  const { secret } = await begin()
  const answer = await post('/auth/second-factor/confirm', { code: shows(secret) })
  // The earlier tokens have ended. The cookie of the answer has the new one.
  lin.access_token = tokenOf(answer)
  return { secret, recovery: codes.parse(answer.json()).recovery_codes }
}
const state = async () => (await vitrine.send('/auth/second-factor', { bearer: lin.access_token })).json()

test('a second factor is used only after a code has confirmed it, and its set-up needs the password', async () => {
  expect(outcome(await post('/auth/second-factor', { current_password: 'wrong' }))).toEqual([
    422,
    'auth.current_password_wrong',
  ])
  expect(outcome(await post('/auth/second-factor/confirm', { code: '123456' }))).toEqual([
    404,
    'auth.second_factor_off',
  ])
  const { secret, uri } = await begin()
  expect(uri).toContain('otpauth://totp/Vitrine:lin?')
  expect(uri).toContain(secret)
  expect((await logIn()).statusCode).toBe(200)
  expect(outcome(await post('/auth/second-factor/confirm', { code: shows(secret, 300) }))).toEqual([
    422,
    'auth.wrong_code',
  ])
  expect(await state()).toEqual({ enabled: false, since: null, recovery_codes_left: 0 })
})

test('with a second factor a sign-in needs a code, each code works once, and other sessions have ended', async () => {
  const other = await vitrine.signIn('lin')
  const { secret, recovery } = await turnOn()
  expect(recovery).toHaveLength(10)
  expect(await state()).toEqual({
    enabled: true,
    since: '2026-03-01T08:00:00.000Z',
    recovery_codes_left: 10,
  })
  expect((await vitrine.send('/auth/me', { bearer: other.access_token })).statusCode).toBe(401)
  expect((await vitrine.send('/auth/me', { bearer: lin.access_token })).statusCode).toBe(200)
  expect(outcome(await logIn())).toEqual([401, 'auth.code_required'])
  expect(outcome(await logIn(undefined, 'lin', 'wrong'))).toEqual([401, 'auth.wrong_password'])
  // The code with which it was turned on has been used.
  expect(outcome(await logIn(shows(secret)))).toEqual([422, 'auth.wrong_code'])
  vitrine.passSeconds(30)
  const code = shows(secret)
  expect((await logIn(`${code.slice(0, 3)} ${code.slice(3)}`)).statusCode).toBe(200)
  expect(outcome(await logIn(code))).toEqual([422, 'auth.wrong_code'])
  // The code of a phone whose clock is half a minute ahead.
  expect((await logIn(shows(secret, 30))).statusCode).toBe(200)
  vitrine.passSeconds(120)
  expect(outcome(await logIn(shows(secret, -60)))).toEqual([422, 'auth.wrong_code'])
  expect((await logIn(shows(secret, -30))).statusCode).toBe(200)
})

test('a code in the full-width digits of a Chinese input method counts, and other characters are a wrong code', async () => {
  const { secret } = await turnOn()
  vitrine.passSeconds(30)
  const code = shows(secret)
  const fullWidth = code.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))
  for (const wrong of ['٣٤٥٦٧٨', '１２３４５é', '½½½½½½'])
    expect(outcome(await logIn(wrong))).toEqual([422, 'auth.wrong_code'])
  expect((await logIn(fullWidth)).statusCode).toBe(200)
})

test('a sign-in without a code that is in progress when the second factor is turned on gets no session', async () => {
  const { secret } = await begin()
  // A sign-in waits for this lock just before its session is stored.
  await vitrine.db.execute(sql`create function wait_at_gate() returns trigger language plpgsql as
    'begin perform pg_advisory_xact_lock(7); return new; end'`)
  await vitrine.db.execute(
    sql`create trigger gate before insert on sessions for each row execute function wait_at_gate()`,
  )
  const { under, confirmed } = await vitrine.db.transaction(async (transaction) => {
    await transaction.execute(sql`select pg_advisory_xact_lock(7)`)
    const waiting = { answer: logIn() }
    await vitrine.someoneWaits()
    return {
      under: waiting,
      confirmed: await post('/auth/second-factor/confirm', { code: shows(secret) }),
    }
  })
  expect(confirmed.statusCode).toBe(200)
  expect(outcome(await under.answer)).toEqual([401, 'auth.session_ended'])
})

test('of two sign-ins with the same code at the same time, one succeeds', async () => {
  const { secret } = await turnOn()
  vitrine.passSeconds(30)
  const both = await Promise.all([logIn(shows(secret)), logIn(shows(secret))])
  expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 422])
})

test('a recovery code signs in once, however it is typed, and new codes replace all old ones', async () => {
  const { secret, recovery } = await turnOn()
  const [first = '', second = ''] = recovery
  expect((await logIn(first.toUpperCase().replaceAll('-', ' '))).statusCode).toBe(200)
  expect(outcome(await logIn(first))).toEqual([422, 'auth.wrong_code'])
  expect(await state()).toMatchObject({ recovery_codes_left: 9 })
  vitrine.passSeconds(30)
  const renewed = await post('/auth/second-factor/recovery-codes', { code: shows(secret) })
  const { recovery_codes: next } = codes.parse(renewed.json())
  expect(next).toHaveLength(10)
  expect(outcome(await logIn(second))).toEqual([422, 'auth.wrong_code'])
  expect((await logIn(next[0])).statusCode).toBe(200)
})

test('neither the secret nor a recovery code is stored in clear, nor recorded', async () => {
  const { secret, recovery } = await turnOn()
  const admin = await vitrine.signIn('admin')
  const rows = JSON.stringify(await vitrine.db.select().from(secondFactors))
  const audit = (await vitrine.send('/audit?page_size=100', { bearer: admin.access_token })).body
  expect(audit).toContain('POST /auth/second-factor/confirm')
  for (const planted of [secret, ...recovery, ...recovery.map((code) => code.replaceAll('-', ''))])
    expect([rows.includes(planted), audit.includes(planted)]).toEqual([false, false])
})

test('wrong codes are counted like wrong passwords and recorded, and asking for a code does not reset the count', async () => {
  const { secret } = await turnOn()
  for (let each = 0; each < 5; each += 1) {
    expect(outcome(await logIn('000000'))[0]).toBe(422)
    if (each < 4) expect(outcome(await logIn())).toEqual([401, 'auth.code_required'])
  }
  vitrine.passSeconds(20)
  expect(outcome(await logIn(shows(secret, 30)))).toEqual([429, 'auth.too_many_attempts'])
  vitrine.passSeconds(20)
  expect((await logIn(shows(secret))).statusCode).toBe(200)
  const admin = await vitrine.signIn('admin')
  const audit = await vitrine.send('/audit?q=refused&page_size=100', { bearer: admin.access_token })
  expect(audit.json().items).toHaveLength(5)
  expect(audit.body).toContain('auth.wrong_code')
})

test('it is turned off with a code, and codes on the account page are counted as well', async () => {
  const { secret } = await turnOn()
  for (let each = 0; each < 5; each += 1)
    expect(outcome(await post('/auth/second-factor/disable', { code: '000000' }))[0]).toBe(422)
  expect(outcome(await post('/auth/second-factor/disable', { code: shows(secret, 30) }))[0]).toBe(429)
  vitrine.passSeconds(40)
  expect((await post('/auth/second-factor/disable', { code: shows(secret) })).statusCode).toBe(204)
  expect((await logIn()).statusCode).toBe(200)
  expect(outcome(await post('/auth/second-factor/disable', { code: shows(secret, 30) }))).toEqual([
    404,
    'auth.second_factor_off',
  ])
})

test('neither the right password nor another session gives further attempts at codes', async () => {
  await turnOn()
  const disable = (bearer = lin.access_token) =>
    post('/auth/second-factor/disable', { code: '000000' }, bearer)
  const change = { current_password: password, new_password: 'another long password' }
  for (let each = 0; each < 5; each += 1) expect(outcome(await disable())).toEqual([422, 'auth.wrong_code'])
  const again = await post('/auth/second-factor', { current_password: password })
  expect(outcome(again)).toEqual([409, 'auth.second_factor_on'])
  expect(outcome(await disable())).toEqual([429, 'auth.too_many_attempts'])
  const changed = await post('/auth/password', change)
  expect(changed.statusCode).toBe(204)
  expect(outcome(await disable(tokenOf(changed)))).toEqual([429, 'auth.too_many_attempts'])
})

test('an administrator turns off the second factor of a person who has lost it, but nobody turns off their own without a code', async () => {
  await turnOn()
  const admin = await vitrine.signIn('admin')
  const reset = (id: string, bearer: string) =>
    vitrine.send(`/users/${id}/second-factor`, { method: 'DELETE', bearer })
  const look = await vitrine.send(`/users/${lin.user.id}/second-factor`, { bearer: admin.access_token })
  expect(look.json()).toMatchObject({ enabled: true })
  expect((await reset(admin.user.id, lin.access_token)).statusCode).toBe(403)
  expect(outcome(await reset(admin.user.id, admin.access_token))).toEqual([409, 'auth.second_factor_own'])
  expect((await reset(lin.user.id, admin.access_token)).statusCode).toBe(204)
  expect((await logIn()).statusCode).toBe(200)
  expect(outcome(await reset(lin.user.id, admin.access_token))).toEqual([404, 'auth.second_factor_off'])
  const audit = await vitrine.send('/audit?q=second-factor', { bearer: admin.access_token })
  expect(audit.json().items[0]).toMatchObject({
    action: 'DELETE /users/{id}/second-factor',
    target: lin.user.id,
  })
})

test('a person who manages people cannot turn off the second factor of an administrator', async () => {
  const admin = await vitrine.signIn('admin')
  const role = await vitrine.send('/roles', {
    bearer: admin.access_token,
    payload: { name: 'people', permissions: ['users.manage'] },
  })
  await vitrine.send('/users', {
    bearer: admin.access_token,
    payload: { username: 'wang', password, role: 'user', custom_role_id: role.json().id },
  })
  const wang = await vitrine.signIn('wang')
  const path = `/users/${admin.user.id}/second-factor`
  expect((await vitrine.send(path, { method: 'DELETE', bearer: wang.access_token })).statusCode).toBe(403)
  expect((await vitrine.send(path, { bearer: wang.access_token })).statusCode).toBe(403)
})

test('API keys keep working without a code, and have no second factor of their own', async () => {
  const key = await post('/api-keys', { name: 'ci', scopes: ['read'] })
  await turnOn()
  const bearer = z.object({ key: z.string() }).parse(key.json()).key
  expect((await vitrine.send('/auth/me', { bearer })).statusCode).toBe(200)
  expect(outcome(await post('/auth/second-factor', { current_password: password }, bearer))).toEqual([
    403,
    'auth.people_only',
  ])
})

test('a secret that cannot be read is reported, and a recovery code still signs in', async () => {
  const { secret, recovery } = await turnOn()
  await vitrine.db.update(secondFactors).set({ secret: 'of another key' })
  vitrine.passSeconds(30)
  expect(outcome(await logIn(shows(secret)))).toEqual([503, 'auth.second_factor_unreadable'])
  expect((await logIn(recovery[0])).statusCode).toBe(200)
})

test('the operator of the machine can reset the account of a person who has lost phone, codes and password', async () => {
  await turnOn()
  await expect(vitrine.restart('a new password', 'nobody')).rejects.toMatchObject({ code: 'user.not_found' })
  await vitrine.restart('a new password', 'lin')
  expect((await vitrine.send('/auth/me', { bearer: lin.access_token })).statusCode).toBe(401)
  expect(outcome(await logIn())).toEqual([401, 'auth.wrong_password'])
  const { access_token: bearer } = (await logIn(undefined, 'lin', 'a new password')).json()
  // The setting may stay: another start ends no session and undoes no later change.
  expect((await vitrine.restart('a new password', 'lin')).rescue).toBe('before')
  expect((await vitrine.send('/auth/me', { bearer })).statusCode).toBe(200)
  const { access_token: admin } = await vitrine.signIn('admin')
  const { items } = (await vitrine.send('/audit?q=PATCH', { bearer: admin })).json()
  expect(items).toMatchObject([
    {
      actor: 'vitrine',
      target_name: 'lin',
      details: { changes: { second_factor: { before: true, after: false } } },
    },
  ])
  const { user } = (await logIn(undefined, 'lin', 'a new password')).json()
  const change = { method: 'PATCH', bearer: admin, payload: { password: 'chosen by its owner' } } as const
  expect((await vitrine.send(`/users/${user.id}`, change)).statusCode).toBe(200)
  expect((await vitrine.restart('a new password', 'lin')).rescue).toBe('before')
  expect((await logIn(undefined, 'lin', 'chosen by its owner')).statusCode).toBe(200)
  // Another value is another reset, and so is the same value after a start without it.
  expect((await vitrine.restart('a second password', 'lin')).rescue).toBe('done')
  expect((await logIn(undefined, 'lin', 'a second password')).statusCode).toBe(200)
  expect((await vitrine.restart()).rescue).toBeNull()
  expect((await vitrine.restart('a second password', 'lin')).rescue).toBe('done')
})
