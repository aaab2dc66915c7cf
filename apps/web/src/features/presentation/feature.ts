import type { Feature } from '../../app/feature.ts'

/** Edits how a service is shown: its card in the showcase and the head of its stage. */
export const feature: Feature = {
  routes: [
    {
      path: '/services/:id/presentation',
      name: 'presentation',
      component: () => import('./pages/PresentationPage.vue'),
      meta: { titleKey: 'presentation.title', permission: 'services.operate' },
    },
  ],
}
