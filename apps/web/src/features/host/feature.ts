import { Monitor } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** The machine, and what the platform uses of it. */
export const feature: Feature = {
  routes: [
    {
      path: '/host',
      name: 'host',
      component: () => import('./pages/HostPage.vue'),
      meta: { titleKey: 'host.title', permission: 'host.read' },
    },
  ],
  nav: {
    titleKey: 'host.title',
    path: '/host',
    icon: Monitor,
    permission: 'host.read',
    group: 'operate',
    order: 40,
  },
}
