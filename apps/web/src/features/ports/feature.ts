import { Connection } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** Every port that is held, by whom, and what really listens. */
export const feature: Feature = {
  routes: [
    {
      path: '/ports',
      name: 'ports',
      component: () => import('./pages/PortsPage.vue'),
      meta: { titleKey: 'ports.title', permission: 'ports.read' },
    },
  ],
  nav: { titleKey: 'ports.title', path: '/ports', icon: Connection, permission: 'ports.read', order: 60 },
}
