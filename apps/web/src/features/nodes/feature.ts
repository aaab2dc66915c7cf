import { Coin } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** Which instances run on which machine or node, and what is free there. */
export const feature: Feature = {
  routes: [
    {
      path: '/nodes',
      name: 'nodes',
      component: () => import('./pages/NodesPage.vue'),
      meta: { titleKey: 'nodes.title', permission: 'host.read' },
    },
  ],
  nav: {
    titleKey: 'nodes.title',
    path: '/nodes',
    icon: Coin,
    permission: 'host.read',
    group: 'operate',
    order: 45,
  },
}
