import { DataLine } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** Charts of all services on one page. */
export const feature: Feature = {
  routes: [
    {
      path: '/charts',
      name: 'charts',
      component: () => import('./pages/ChartsPage.vue'),
      meta: { titleKey: 'charts.title', permission: 'services.read' },
    },
  ],
  nav: {
    titleKey: 'charts.title',
    path: '/charts',
    icon: DataLine,
    permission: 'services.read',
    group: 'operate',
    order: 15,
  },
}
