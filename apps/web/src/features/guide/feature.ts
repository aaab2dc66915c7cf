import type { Feature } from '../../app/feature.ts'

/** The user guide, as it is in docs/guide. */
export const feature: Feature = {
  routes: [
    {
      path: '/guide/:chapter?',
      name: 'guide',
      component: () => import('./pages/GuidePage.vue'),
      meta: { titleKey: 'guide.title' },
    },
  ],
}
