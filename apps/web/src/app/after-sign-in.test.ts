// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useSession } from '../features/session/session.ts'
import { keepWithAccount } from './account-preferences.ts'
import { pageAfterSignIn } from './after-sign-in.ts'
import { usePreferences } from './preferences.ts'

const user = {
  id: '00000000-0000-4000-8000-000000000001',
  username: 'li',
  role: 'user',
  disabled: false,
  created_at: '2026-01-01T00:00:00Z',
  custom_role: null,
  last_login_at: null,
}
let permissions: string[] = []
let stored: { key: string; value: unknown }[] = []
let written: unknown[] = []

beforeEach(() => {
  setActivePinia(createPinia())
  localStorage.clear()
  sessionStorage.clear()
  permissions = ['showcase.read', 'services.read']
  stored = []
  written = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    if (url.endsWith('/auth/me')) return Response.json({ user, permissions })
    if (url.endsWith('/auth/login'))
      return Response.json({ access_token: 'new', token_type: 'bearer', expires_in: 900, user })
    if (init.method !== 'POST') return Response.json({ items: stored, total: stored.length })
    written.push(JSON.parse(String(init.body)))
    return Response.json({ message: '', revision: 1, task_id: null })
  })
})
afterEach(() => vi.unstubAllGlobals())

const signIn = () => useSession().signIn({ username: 'li', password: 'x' })

test('what a person prefers is taken over when they sign in', async () => {
  stored = [
    { key: 'ui.theme', value: 'dark' },
    { key: 'ui.start_page', value: 'services' },
  ]
  await signIn()
  expect(await pageAfterSignIn(null)).toBe('/services')
  expect(await pageAfterSignIn('/calls')).toBe('/calls')
  // Somebody whose session has ended there returns to it.
  expect(await pageAfterSignIn('/')).toBe('/')
  expect(usePreferences().theme).toBe('dark')
})

test('shortcuts and folded groups follow a person too, and each choice is stored with the account', async () => {
  stored = [
    { key: 'ui.single_keys', value: false },
    { key: 'ui.folded_groups', value: ['g1'] },
  ]
  const preferences = usePreferences()
  await preferences.chooseSingleKeys(true)
  expect(written).toEqual([])
  await signIn()
  await pageAfterSignIn(null)
  expect([preferences.singleKeys, preferences.foldedGroups]).toEqual([false, ['g1']])
  await preferences.foldGroup('g2')
  await preferences.foldGroup('g1')
  await preferences.chooseSingleKeys(true)
  expect(written).toMatchObject([
    { changes: [{ type: 'user', key: 'ui.folded_groups', value: ['g1', 'g2'] }] },
    { changes: [{ key: 'ui.folded_groups', value: ['g2'] }] },
    { changes: [{ key: 'ui.single_keys', value: true }] },
  ])
  expect(preferences.foldedGroups).toEqual(['g2'])
})

test('choices from before the sign-in take precedence over stored ones, and are stored', async () => {
  stored = [{ key: 'ui.theme', value: 'dark' }]
  await usePreferences().chooseTheme('light')
  expect(written).toEqual([])
  await signIn()
  await pageAfterSignIn(null)
  expect(usePreferences().theme).toBe('light')
  // Is stored after it.
  await keepWithAccount('ui.theme', 'light')
  const change = { changes: [{ type: 'user', key: 'ui.theme', value: 'light' }] }
  expect(written).toEqual([change, change])
})

test('preferences are stored one after another, in the order of the choices', async () => {
  await signIn()
  const { chooseTheme } = usePreferences()
  await Promise.all([chooseTheme('dark'), chooseTheme('light')])
  expect(written).toMatchObject([{ changes: [{ value: 'dark' }] }, { changes: [{ value: 'light' }] }])
})

test('a person who may not see the showcase starts on a page that they may see', async () => {
  permissions = ['services.read']
  await signIn()
  expect(await pageAfterSignIn(null)).toBe('/services')
})
