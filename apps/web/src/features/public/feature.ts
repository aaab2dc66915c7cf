import type { Feature } from '../../app/feature.ts'

/** The page for customers with a link: no menu and no sign-in. */
export const feature: Feature = {
  routes: [
    {
      path: '/s/:token',
      name: 'public-share',
      component: () => import('./pages/PublicSharePage.vue'),
      meta: { public: true, bare: true },
    },
  ],
}
