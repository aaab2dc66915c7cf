import { Van } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** What becomes of each push: a list of pipelines, and a page for each. */
export const feature: Feature = {
  routes: [
    {
      path: '/pipelines',
      name: 'pipelines',
      component: () => import('./pages/PipelinesPage.vue'),
      meta: { titleKey: 'pipelines.title', permission: 'services.read' },
    },
    {
      path: '/pipelines/:id',
      name: 'pipeline',
      component: () => import('./pages/PipelinePage.vue'),
      meta: { titleKey: 'pipelines.title', permission: 'services.read' },
    },
  ],
  nav: {
    titleKey: 'pipelines.title',
    path: '/pipelines',
    icon: Van,
    permission: 'services.read',
    group: 'operate',
    order: 12,
  },
}
