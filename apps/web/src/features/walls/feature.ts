import { Lock } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** Which walls around algorithms stand on this machine. */
export const feature: Feature = {
  routes: [
    {
      path: '/security',
      name: 'security',
      component: () => import('./pages/WallsPage.vue'),
      meta: { titleKey: 'walls.title', permission: 'config.manage' },
    },
  ],
  nav: {
    titleKey: 'walls.title',
    path: '/security',
    icon: Lock,
    permission: 'config.manage',
    group: 'manage',
    order: 10,
  },
}
