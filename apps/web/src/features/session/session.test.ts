// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { onSessionEnded, setAccessToken } from '../../api/token.ts'
import { useSession } from './session.ts'

const user = {
  id: '00000000-0000-4000-8000-000000000001',
  username: 'li',
  role: 'user',
  disabled: false,
  created_at: '2026-01-01T00:00:00Z',
  custom_role: null,
  last_login_at: null,
}
const signedIn = { access_token: 'new', token_type: 'bearer', expires_in: 900, user }
/** Whether the server still knows the session. */
let isKnown = true
let isAway = false
/** What grants permit now. */
let granted: string[] = []

beforeEach(() => {
  setActivePinia(createPinia())
  isKnown = true
  isAway = false
  granted = []
  const session = useSession()
  onSessionEnded(() => session.end())
  vi.stubGlobal('fetch', async (url: string) => {
    if (isAway) throw new TypeError('fetch failed')
    if (!isKnown) return new Response('{}', { status: 401 })
    return Response.json(
      url.endsWith('/auth/me') ? { user, permissions: [], granted_permissions: granted } : signedIn,
    )
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
  setAccessToken(null)
  onSessionEnded(() => undefined)
})

test('a session that was ended elsewhere ends here when it is asked for, and the next sign-in forgets it', async () => {
  const session = useSession()
  await session.restore()
  isKnown = false
  await session.check()
  expect([session.user, session.wasEnded]).toEqual([null, true])
  isKnown = true
  await session.signIn({ username: 'li', password: 'x' })
  expect([session.user?.username, session.wasEnded]).toEqual(['li', false])
})

test('a grant that is new or gone is known here when the session is checked', async () => {
  const session = useSession()
  await session.restore()
  const { rights } = session
  expect(session.may('runs.create')).toBe(false)
  granted = ['runs.create']
  await session.check()
  expect([session.may('runs.create'), session.mayEverywhere('runs.create')]).toEqual([true, false])
  expect(session.rights).not.toBe(rights)
  granted = []
  await session.check()
  expect([session.may('runs.create'), session.rights]).toEqual([false, rights])
})

test('a server that is away ends no session', async () => {
  const session = useSession()
  await session.restore()
  isAway = true
  await session.check()
  expect([session.user?.username, session.wasEnded]).toEqual(['li', false])
})

test('somebody who signs out is not told that a session has ended', async () => {
  const session = useSession()
  await session.restore()
  await session.signOut()
  expect([session.user, session.wasEnded]).toEqual([null, false])
})
