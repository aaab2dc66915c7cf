import { List } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** Requests to services, with callers and results. */
export const feature: Feature = {
  routes: [
    {
      path: '/calls',
      name: 'calls',
      component: () => import('./pages/CallsPage.vue'),
      meta: { titleKey: 'calls.title', permission: 'calls.read' },
    },
  ],
  nav: {
    titleKey: 'calls.title',
    path: '/calls',
    icon: List,
    permission: 'calls.read',
    group: 'operate',
    order: 20,
  },
}
