import { Collection } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** The stored algorithms with their versions and code. */
export const feature: Feature = {
  routes: [
    {
      path: '/algorithms',
      name: 'algorithms',
      component: () => import('./pages/AlgorithmsPage.vue'),
      meta: { titleKey: 'algorithms.title', permission: 'algorithms.read' },
    },
    {
      path: '/algorithms/:id',
      name: 'algorithm',
      component: () => import('./pages/AlgorithmPage.vue'),
      meta: { titleKey: 'algorithms.title', permission: 'algorithms.read' },
    },
  ],
  nav: {
    titleKey: 'algorithms.title',
    path: '/algorithms',
    icon: Collection,
    permission: 'algorithms.read',
    group: 'algorithms',
    order: 20,
  },
}
