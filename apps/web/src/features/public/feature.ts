import type { Feature } from '../../app/feature.ts'

/** What a customer sees who has a link: no menu, no sign-in. */
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
