import { nextTick } from 'vue'
import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteRecordRaw } from 'vue-router'
import { onSessionEnded } from '../api/token.ts'
import { useSession } from '../features/session/session.ts'
import FailedPage from './FailedPage.vue'
import { keepShell } from './failed-navigation.ts'
import { features } from './feature.ts'
import { focusTop } from './focus-top.ts'
import { queryClient } from './query.ts'

const pages = features.flatMap((feature) => feature.routes)
const isBare = (route: RouteRecordRaw): boolean => route.meta?.bare === true

/** The application's router. Bare pages stand alone, and all others are inside the shell. */
export const router = createRouter({
  history: createWebHistory(),
  // A page scrolls to a heading by itself, once its text is loaded.
  scrollBehavior: (to, from, saved) =>
    saved ?? (to.path === from.path || to.hash !== '' ? false : { top: 0 }),
  routes: [
    ...pages.filter(isBare),
    {
      path: '/',
      component: () => import('./AppShell.vue'),
      children: [
        ...pages.filter((page) => !isBare(page)),
        {
          path: '/:rest(.*)*',
          name: 'not-found',
          component: () => import('./NotFoundPage.vue'),
          meta: { titleKey: 'app.not_found.title' },
        },
        // Shown at the address of a page that could not be loaded. It is reached by name only, and comes with the shell.
        {
          path: '/:rest(.*)*',
          name: 'failed',
          component: FailedPage,
          meta: { titleKey: 'error.title' },
        },
        // Shown at the address of a page that this person may not see. It is reached by name only.
        {
          path: '/:rest(.*)*',
          name: 'no-permission',
          component: () => import('./NoPermissionPage.vue'),
          meta: { titleKey: 'app.no_permission.title' },
        },
      ],
    },
  ],
})

keepShell(router, 'failed')

/** The page to sign in. From there, `to` is opened. */
const signInFor = ({ fullPath }: RouteLocationNormalized) => ({
  name: 'sign-in',
  query: { return: fullPath },
})

router.beforeEach(async (to) => {
  const session = useSession()
  if (to.name === 'sign-in' && session.user !== null) return { name: 'showcase' }
  if (to.meta.public === true) return true
  await session.restore()
  // A person who opens the platform sees their preferred page first.
  if (session.user === null) return to.fullPath === '/' ? { name: 'sign-in' } : signInFor(to)
  const { permission } = to.meta
  if (permission !== undefined && !session.may(permission))
    return { name: 'no-permission', params: { rest: to.path.slice(1).split('/') }, query: to.query }
  return true
})

// The form that had the focus was removed, e.g. after a sign-in.
router.afterEach((to, from) => {
  if (from.meta.bare === true && to.meta.bare !== true) void nextTick(focusTop)
})

onSessionEnded(() => {
  const session = useSession()
  session.end()
  queryClient.clear()
  const here = router.currentRoute.value
  if (here.meta.public !== true) void router.push(signInFor(here))
})
