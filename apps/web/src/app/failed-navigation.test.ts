import { createMemoryHistory, createRouter, RouterView, type Router } from 'vue-router'
import { beforeEach, expect, test } from 'vitest'
import { ApiError } from '../api/errors.ts'
import { failedNavigation, keepShell } from './failed-navigation.ts'

const missing = () => Promise.reject(new TypeError('no such module'))
let router: Router

beforeEach(() => {
  failedNavigation.value = null
  router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/bare', component: missing, meta: { bare: true } },
      {
        path: '/',
        component: RouterView,
        children: [
          { path: 'there', component: RouterView },
          { path: 'gone', component: missing },
          { path: '/:rest(.*)*', name: 'failed', component: RouterView },
        ],
      },
    ],
  })
  keepShell(router, 'failed')
})
const go = (path: string): Promise<unknown> => router.push(path).catch(() => undefined)

test('a page whose code is not loaded is shown as failed in the shell, at the address that was wanted', async () => {
  await go('/there')
  // The page of the failure is opened by a navigation of its own.
  const shown = new Promise<void>((resolve) => {
    router.afterEach(() => resolve())
  })
  await go('/gone?tab=a#b')
  await shown
  expect([router.currentRoute.value.name, router.currentRoute.value.fullPath]).toEqual([
    'failed',
    '/gone?tab=a#b',
  ])
  expect(failedNavigation.value).toMatchObject({ wanted: '/gone?tab=a#b', inShell: true })
  expect(failedNavigation.value?.error.code).toBe('page')
})

test('without a shell only the failure is shown', async () => {
  await go('/gone')
  expect(failedNavigation.value).toMatchObject({ wanted: '/gone', inShell: false })
})

test('a page outside the shell does not use it, and an error of the API stays what it is', async () => {
  await go('/there')
  await go('/bare')
  expect(failedNavigation.value).toMatchObject({ wanted: '/bare', inShell: false })
  router.beforeEach(() => {
    throw new ApiError({ code: 'network', message: 'no answer', status: 0 })
  })
  await go('/bare?again')
  expect(failedNavigation.value?.error.code).toBe('network')
})
