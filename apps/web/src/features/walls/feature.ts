import { Lock } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** The page about the walls around algorithms on this machine. */
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
