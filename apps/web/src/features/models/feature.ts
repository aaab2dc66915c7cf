import { Box } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** Model files: weights that packages name and do not contain. */
export const feature: Feature = {
  routes: [
    {
      path: '/models',
      name: 'models',
      component: () => import('./pages/ModelsPage.vue'),
      meta: { titleKey: 'models.title', permission: 'algorithms.read' },
    },
  ],
  nav: {
    titleKey: 'models.title',
    path: '/models',
    icon: Box,
    permission: 'algorithms.read',
    group: 'algorithms',
    order: 30,
  },
}
