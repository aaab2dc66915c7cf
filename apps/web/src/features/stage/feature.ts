import type { Feature } from '../../app/feature.ts'

/** One algorithm: give it something, see what it finds. */
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
