import type { Feature } from '../../app/feature.ts'

/** The stage of one algorithm: enter an input and see the result. */
export const feature: Feature = {
  routes: [
    {
      path: '/stage/:id',
      name: 'stage',
      component: () => import('./pages/StagePage.vue'),
      meta: { titleKey: 'stage.title', permission: 'showcase.read' },
    },
  ],
}
