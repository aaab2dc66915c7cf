import { most } from '@vitrine/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAccessApp } from '../../../../../../tests/support/access-app.ts'
import { sessions } from '../auth.tables.ts'

let vitrine: Awaited<ReturnType<typeof openAccessApp>>
beforeEach(async () => {
  vitrine = await openAccessApp()
})
afterEach(() => vitrine.close())

const list = async (bearer: string, query = '') =>
  (await vitrine.send(`/sessions?${query}`, { bearer })).json()
const end = (bearer: string, id: string) => vitrine.send(`/sessions/${id}`, { method: 'DELETE', bearer })
const isIn = async (bearer: string) => (await vitrine.send('/auth/me', { bearer })).statusCode === 200

test('people see their sessions with time, address and browser, and which of them is the current one', async () => {
  const { access_token: bearer } = await vitrine.signIn('admin')
  await vitrine.send('/auth/login', {
    payload: { username: 'admin', password: 'correct horse battery' },
    remoteAddress: '10.0.0.7',
    headers: { 'user-agent': 'Mozilla/5.0 Firefox/140.0' },
  })
  const { items, total } = await list(bearer)
  expect(total).toBe(2)
  expect(items).toContainEqual(
    expect.objectContaining({
      address: '10.0.0.7',
      user_agent: 'Mozilla/5.0 Firefox/140.0',
      current: false,
      created_at: '2026-03-01T08:00:00.000Z',
    }),
  )
  expect(items.filter(({ current }: { current: boolean }) => current)).toHaveLength(1)
  expect(JSON.stringify(items)).not.toMatch(/hash/i)
})

test('an ended session is refused at the next request, and the gateway is told', async () => {
  const { access_token: first } = await vitrine.signIn('admin')
  const { access_token: second } = await vitrine.signIn('admin')
  const { items } = await list(first)
  const other = items.find(({ current }: { current: boolean }) => !current)
  expect((await end(first, other.id)).statusCode).toBe(204)
  expect([await isIn(first), await isIn(second)]).toEqual([true, false])
  expect(vitrine.published.at(-1)?.revoked).toMatchObject([{ subject: `session:${other.id}` }])
})

test('all other sessions end at once', async () => {
  const [one, two, three] = [
    await vitrine.signIn('admin'),
    await vitrine.signIn('admin'),
    await vitrine.signIn('admin'),
  ]
  expect((await vitrine.send('/sessions', { method: 'DELETE', bearer: two.access_token })).statusCode).toBe(
    204,
  )
  const still = [await isIn(one.access_token), await isIn(two.access_token), await isIn(three.access_token)]
  expect(still).toEqual([false, true, false])
})

test('a person has at most a hundred sessions: the next sign-in ends the one that was not used for longest', async () => {
  const anna = await vitrine.person('anna', 'user')
  vitrine.passSeconds(1)
  const second = await vitrine.signIn('anna')
  vitrine.passSeconds(1)
  // More sign-ins, without the price of a password each.
  const session = { userId: anna.user.id, createdAt: vitrine.now(), refreshedAt: vitrine.now() }
  const expiresAt = new Date(vitrine.now().getTime() + 86_400_000)
  const others = Array.from({ length: most.sessions - 2 }, (_, at) => ({
    ...session,
    refreshHash: `hash ${at}`,
    expiresAt,
  }))
  await vitrine.db.insert(sessions).values(others)
  const cookies = { vitrine_refresh: anna.refresh }
  const refreshed = await vitrine.send('/auth/refresh', { method: 'POST', cookies })
  expect(refreshed.statusCode).toBe(200)
  expect(await isIn(second.access_token)).toBe(true)
  const newest = await vitrine.signIn('anna')
  expect((await list(newest.access_token, 'page_size=500')).total).toBe(most.sessions)
  const are = [
    await isIn(anna.access_token),
    await isIn(second.access_token),
    await isIn(newest.access_token),
  ]
  expect(are).toEqual([true, false, true])
  expect(vitrine.published.at(-1)?.revoked).toHaveLength(1)
})

test('a person neither sees nor ends the sessions of others; an administrator does both', async () => {
  const anna = await vitrine.person('anna', 'user')
  const bert = await vitrine.person('bert', 'user')
  const admin = (await vitrine.signIn('admin')).access_token
  expect((await list(anna.access_token)).items.map(({ username }: { username: string }) => username)).toEqual(
    ['anna'],
  )
  expect((await list(anna.access_token, 'everyone=true')).error.code).toBe('auth.not_permitted')
  expect((await list(anna.access_token, `user_id=${bert.user.id}`)).error.code).toBe('auth.not_permitted')
  const [theirs] = (await list(admin, `user_id=${bert.user.id}`)).items
  expect((await end(anna.access_token, theirs.id)).json().error.code).toBe('session.not_found')
  const foreign = { method: 'DELETE', bearer: anna.access_token } as const
  expect((await vitrine.send(`/sessions?user_id=${bert.user.id}`, foreign)).statusCode).toBe(403)
  expect(await isIn(bert.access_token)).toBe(true)
  expect((await list(admin, 'everyone=true')).total).toBeGreaterThanOrEqual(4)
  await vitrine.send(`/sessions?user_id=${bert.user.id}`, { method: 'DELETE', bearer: admin })
  expect([await isIn(bert.access_token), await isIn(anna.access_token), await isIn(admin)]).toEqual([
    false,
    true,
    true,
  ])
})

test('an API key does not manage the sessions of its owner', async () => {
  const anna = await vitrine.person('anna', 'user')
  const made = await vitrine.send('/api-keys', {
    bearer: anna.access_token,
    payload: { name: 'k', scopes: ['deploy'] },
  })
  expect((await list(made.json().key)).error.code).toBe('auth.scope_missing')
  const asked = { method: 'DELETE', bearer: made.json().key } as const
  expect((await vitrine.send('/sessions', asked)).statusCode).toBe(403)
})
