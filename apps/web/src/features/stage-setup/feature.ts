import type { Feature } from '../../app/feature.ts'

/** Sets up the stage of a service with an API of its own: an operation, its input and its result. */
export const feature: Feature = {
  routes: [
    {
      path: '/stage/:id/setup',
      name: 'stage-setup',
      component: () => import('./pages/StageSetupPage.vue'),
      meta: { titleKey: 'stage_setup.title', permission: 'services.operate' },
    },
  ],
}
