import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAccessApp, password } from '../../../../../tests/support/access-app.ts'

let vitrine: Awaited<ReturnType<typeof openAccessApp>>
beforeEach(async () => {
  vitrine = await openAccessApp()
})
afterEach(() => vitrine.close())

const refresh = (token: string, headers: Record<string, string> = {}) =>
  vitrine.send('/auth/refresh', { method: 'POST', cookies: { vitrine_refresh: token }, headers })
const me = (bearer: string) => vitrine.send('/auth/me', { bearer })
const codeOf = (answer: { statusCode: number; json: () => { error: { code: string } } }) => [
  answer.statusCode,
  answer.json().error.code,
]

test('a sign-in answers a bearer token for 15 minutes and sets cookies that scripts cannot read', async () => {
  const answer = await vitrine.login('ADMIN')
  expect(answer.json()).toMatchObject({
    token_type: 'bearer',
    expires_in: 900,
    user: { username: 'admin', role: 'admin', last_login_at: '2026-03-01T08:00:00.000Z' },
  })
  const cookies = answer.cookies.map(({ name, path, httpOnly, sameSite, secure }) => ({
    name,
    path,
    httpOnly,
    sameSite,
    secure,
  }))
  const shared = { httpOnly: true, sameSite: 'Lax', secure: undefined }
  expect(cookies).toEqual([
    { name: 'vitrine_device', path: '/api/v1/auth', ...shared },
    { name: 'vitrine_session', path: '/', ...shared },
    { name: 'vitrine_refresh', path: '/api/v1/auth', ...shared },
  ])
})

test('under HTTPS the cookies are Secure and have names that browsers let no page without TLS set', async () => {
  const answer = await vitrine.send('/auth/login', {
    payload: { username: 'admin', password },
    headers: { 'x-forwarded-proto': 'https' },
  })
  expect(answer.cookies.map(({ name, path, secure }) => ({ name, path, secure }))).toEqual([
    { name: '__Secure-vitrine_device', path: '/api/v1/auth', secure: true },
    { name: '__Host-vitrine_session', path: '/', secure: true },
    { name: '__Secure-vitrine_refresh', path: '/api/v1/auth', secure: true },
  ])
})

test('under HTTPS only these cookies count, so that a cookie that a page without TLS set signs nobody in', async () => {
  const { session, refresh: token } = await vitrine.signIn('admin')
  const https = { 'x-forwarded-proto': 'https', 'sec-fetch-site': 'same-origin' }
  const statusOf = async (url: string, method: 'GET' | 'POST', cookies: Record<string, string>) =>
    (await vitrine.send(url, { method, cookies, headers: https })).statusCode
  expect(await statusOf('/auth/me', 'GET', { vitrine_session: session })).toBe(401)
  expect(await statusOf('/auth/me', 'GET', { '__Host-vitrine_session': session })).toBe(200)
  expect(await statusOf('/auth/refresh', 'POST', { vitrine_refresh: token })).toBe(401)
  expect(await statusOf('/auth/refresh', 'POST', { '__Secure-vitrine_refresh': token })).toBe(200)
})

test('a wrong password, an unknown name and an impossible name get the same answer', async () => {
  const answers = [
    await vitrine.login('admin', 'wrong'),
    await vitrine.login('nobody', 'wrong'),
    await vitrine.login('no\u0000body', 'wrong'),
  ]
  const told = answers.map((answer) => ({ ...answer.json().error, request_id: '' }))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401])
  expect(told[1]).toEqual(told[0])
  expect(told[2]).toEqual(told[0])
})

test('after five failures a name is blocked there even for the right password, longer each time, and a success clears the block', async () => {
  for (let each = 0; each < 5; each += 1) expect((await vitrine.login('admin', 'wrong')).statusCode).toBe(401)
  const blocked = await vitrine.login('Admin', password)
  expect(codeOf(blocked)).toEqual([429, 'auth.too_many_attempts'])
  expect(blocked.headers['retry-after']).toBe('30')
  vitrine.passSeconds(31)
  expect((await vitrine.login('admin', 'wrong')).statusCode).toBe(401)
  expect((await vitrine.login('admin')).headers['retry-after']).toBe('60')
  vitrine.passSeconds(61)
  expect((await vitrine.login('admin')).statusCode).toBe(200)
  expect((await vitrine.login('admin', 'wrong')).statusCode).toBe(401)
})

test('the limits are values of the configuration, and a changed one counts at once, also for who waits already', async () => {
  vitrine.configure('sign_in.tries_name', 2)
  vitrine.configure('sign_in.block_first', 90)
  for (let each = 0; each < 2; each += 1) expect((await vitrine.login('admin', 'wrong')).statusCode).toBe(401)
  expect((await vitrine.login('admin')).headers['retry-after']).toBe('90')
  vitrine.configure('sign_in.block_longest', 60)
  expect((await vitrine.login('admin')).headers['retry-after']).toBe('60')
  vitrine.configure('sign_in.tries_name', 4)
  expect((await vitrine.login('admin')).statusCode).toBe(200)
  vitrine.configure('sign_in.tries_address', 1)
  expect((await vitrine.login('nobody', 'wrong')).statusCode).toBe(401)
  expect((await vitrine.login('admin')).statusCode).toBe(429)
})

test('failures at one address do not block a name at another', async () => {
  for (let each = 0; each < 6; each += 1) await vitrine.login('admin', 'wrong', '10.0.0.9')
  expect((await vitrine.login('admin', password, '10.0.0.9')).statusCode).toBe(429)
  expect((await vitrine.login('admin', password, '10.0.0.8')).statusCode).toBe(200)
})

test('after fifty failures from any networks a name is blocked, but not in a browser that its owner has used', async () => {
  const { device } = await vitrine.signIn('admin')
  for (let each = 0; each < 50; each += 1) await vitrine.login('admin', 'wrong', `10.0.0.${each}`)
  expect(codeOf(await vitrine.login('admin', password, '10.0.1.1'))).toEqual([429, 'auth.too_many_attempts'])
  expect((await vitrine.login('admin', password, '10.0.1.1', device)).statusCode).toBe(200)
})

test('a browser that the owner of a name has used has its own five failures, and they help with no other name', async () => {
  await vitrine.person('anna', 'user')
  const { device } = await vitrine.signIn('anna')
  for (let each = 0; each < 5; each += 1)
    expect((await vitrine.login('anna', 'wrong', `10.0.0.${each}`, device)).statusCode).toBe(401)
  expect((await vitrine.login('anna', password, '10.0.1.1', device)).statusCode).toBe(429)
  expect((await vitrine.login('anna', password, '10.0.1.1')).statusCode).toBe(200)
  for (let each = 0; each < 5; each += 1) await vitrine.login('admin', 'wrong', '10.0.2.2', device)
  expect((await vitrine.login('admin', password, '10.0.2.2')).statusCode).toBe(429)
})

test('a made-up device token is ignored', async () => {
  const { access_token } = await vitrine.signIn('admin')
  for (const device of ['x', access_token])
    for (let each = 0; each < 3; each += 1) await vitrine.login('admin', 'wrong', '10.0.0.9', device)
  expect((await vitrine.login('admin', password, '10.0.0.9', access_token)).statusCode).toBe(429)
})

test('simultaneous guesses get no more attempts than consecutive ones', async () => {
  const answers = await Promise.all(Array.from({ length: 12 }, () => vitrine.login('admin', 'wrong')))
  const statuses = answers.map(({ statusCode }) => statusCode)
  expect(statuses.filter((status) => status === 401)).toHaveLength(5)
  expect(statuses.filter((status) => status === 429)).toHaveLength(7)
})

test('after twenty failures with different names an address is blocked, but other addresses are not', async () => {
  for (let each = 0; each < 20; each += 1)
    expect((await vitrine.login(`nobody${each}`, 'wrong', '10.0.0.9')).statusCode).toBe(401)
  expect((await vitrine.login('admin', password, '10.0.0.9')).statusCode).toBe(429)
  expect((await vitrine.login('admin', password, '10.0.0.8')).statusCode).toBe(200)
})

test('a refresh gives a new access token and replaces the refresh token', async () => {
  const first = await vitrine.signIn('admin')
  vitrine.passSeconds(1000)
  expect(codeOf(await me(first.access_token))).toEqual([401, 'auth.invalid_credential'])
  const answer = await refresh(first.refresh)
  expect((await me(answer.json().access_token)).json().user.username).toBe('admin')
  const next = answer.cookies.find(({ name }) => name === 'vitrine_refresh')?.value ?? ''
  expect(next).not.toBe(first.refresh)
  expect((await refresh(next)).statusCode).toBe(200)
})

test('two tabs that refresh at the same time both stay signed in', async () => {
  const { refresh: token } = await vitrine.signIn('admin')
  const answers = await Promise.all([refresh(token), refresh(token)])
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200])
  const replaced = answers.flatMap(({ cookies }) => cookies.filter(({ name }) => name === 'vitrine_refresh'))
  expect(replaced).toHaveLength(1)
  expect((await refresh(replaced[0]?.value ?? '')).statusCode).toBe(200)
})

const replacedBy = (answer: Awaited<ReturnType<typeof refresh>>): string =>
  answer.cookies.find(({ name }) => name === 'vitrine_refresh')?.value ?? ''

test('a page that is loaded again before the answer to its refresh arrives stays signed in', async () => {
  const { refresh: token } = await vitrine.signIn('admin')
  await refresh(token)
  vitrine.passSeconds(60)
  const again = await refresh(token)
  expect(again.statusCode).toBe(200)
  expect((await me(again.json().access_token)).statusCode).toBe(200)
  vitrine.passSeconds(60)
  expect((await refresh(replacedBy(again))).statusCode).toBe(200)
})

test('a stolen refresh token and its successor end the session as soon as both have been used', async () => {
  const stolen = await vitrine.signIn('admin')
  const renewed = await refresh(stolen.refresh)
  vitrine.passSeconds(11)
  const thief = await refresh(stolen.refresh)
  expect(thief.statusCode).toBe(200)
  const owner = await refresh(replacedBy(renewed))
  expect(codeOf(owner)).toEqual([401, 'auth.session_ended'])
  expect(owner.cookies.map(({ value }) => value)).toEqual(['', ''])
  expect((await refresh(replacedBy(thief))).statusCode).toBe(401)
  for (const answer of [renewed, thief]) expect((await me(answer.json().access_token)).statusCode).toBe(401)
})

test('a refresh token that is sent again after its successor was used ends the session', async () => {
  const first = await vitrine.signIn('admin')
  const second = await refresh(first.refresh)
  const third = await refresh(replacedBy(second))
  vitrine.passSeconds(11)
  expect(codeOf(await refresh(first.refresh))).toEqual([401, 'auth.session_ended'])
  expect((await refresh(replacedBy(third))).statusCode).toBe(401)
  expect((await me(third.json().access_token)).statusCode).toBe(401)
})

test('a refresh that another site caused is refused and does not change the session', async () => {
  const { refresh: token } = await vitrine.signIn('admin')
  expect(codeOf(await refresh(token, { 'sec-fetch-site': 'cross-site' }))).toEqual([403, 'auth.cross_site'])
  expect((await refresh(token)).statusCode).toBe(200)
})

test('a refresh cookie that is missing, damaged or of an ended session is 401', async () => {
  const { refresh: token } = await vitrine.signIn('admin')
  const none = await vitrine.send('/auth/refresh', { method: 'POST' })
  expect(codeOf(none)).toEqual([401, 'auth.session_ended'])
  expect(codeOf(await refresh('x'))).toEqual([401, 'auth.session_ended'])
  vitrine.passSeconds(31 * 24 * 3600)
  await vitrine.access.forgetOldSignIns()
  expect(codeOf(await refresh(token))).toEqual([401, 'auth.session_ended'])
})

test('a logout with a made-up token of a real session leaves that session alone', async () => {
  const { refresh: token, access_token: access } = await vitrine.signIn('admin')
  const madeUp = `${token.split('.')[0]}.${'x'.repeat(43)}`
  const out = await vitrine.send('/auth/logout', { method: 'POST', cookies: { vitrine_refresh: madeUp } })
  expect(out.statusCode).toBe(204)
  expect((await me(access)).statusCode).toBe(200)
})

test('logout ends the session and its access token at once, and no other session', async () => {
  const here = await vitrine.signIn('admin')
  const elsewhere = await vitrine.signIn('admin')
  expect((await me(here.access_token)).statusCode).toBe(200)
  const out = await vitrine.send('/auth/logout', {
    method: 'POST',
    cookies: { vitrine_refresh: here.refresh },
  })
  expect([out.statusCode, out.cookies.map(({ value }) => value)]).toEqual([204, ['', '']])
  expect((await me(here.access_token)).statusCode).toBe(401)
  expect((await refresh(here.refresh)).statusCode).toBe(401)
  expect((await me(elsewhere.access_token)).statusCode).toBe(200)
  const byToken = await vitrine.send('/auth/logout', { method: 'POST', bearer: elsewhere.access_token })
  expect(byToken.statusCode).toBe(204)
  expect((await me(elsewhere.access_token)).statusCode).toBe(401)
})

test('changing the password ends every other session and keeps this one', async () => {
  const here = await vitrine.signIn('admin')
  const elsewhere = await vitrine.signIn('admin')
  vitrine.passSeconds(2)
  const change = (current_password: string) =>
    vitrine.send('/auth/password', {
      bearer: here.access_token,
      payload: { current_password, new_password: 'a brand new one' },
    })
  expect(codeOf(await change('not it'))).toEqual([422, 'auth.current_password_wrong'])
  const changed = await change(password)
  expect(changed.statusCode).toBe(204)
  const renewed = changed.cookies.find(({ name }) => name === 'vitrine_session')?.value ?? ''
  expect((await me(renewed)).statusCode).toBe(200)
  expect((await me(here.access_token)).statusCode).toBe(401)
  expect((await refresh(here.refresh)).statusCode).toBe(200)
  expect((await me(elsewhere.access_token)).statusCode).toBe(401)
  expect((await refresh(elsewhere.refresh)).statusCode).toBe(401)
  expect((await vitrine.login('admin')).statusCode).toBe(401)
  expect((await vitrine.login('admin', 'a brand new one')).statusCode).toBe(200)
})
