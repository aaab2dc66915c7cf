import { Connection } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** Every allocated port, its owner, and the process that listens on it. */
export const feature: Feature = {
  routes: [
    {
      path: '/ports',
      name: 'ports',
      component: () => import('./pages/PortsPage.vue'),
      meta: { titleKey: 'ports.title', permission: 'ports.read' },
    },
  ],
  nav: {
    titleKey: 'ports.title',
    path: '/ports',
    icon: Connection,
    permission: 'ports.read',
    group: 'operate',
    order: 30,
  },
}
