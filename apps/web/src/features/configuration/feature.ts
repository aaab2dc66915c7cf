import { Operation } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** The configuration of the platform: what counts and why, its history, import and export. */
export const feature: Feature = {
  routes: [
    {
      path: '/configuration',
      name: 'configuration',
      component: () => import('./pages/ConfigurationPage.vue'),
      meta: { titleKey: 'configuration.title', permission: 'config.manage' },
    },
  ],
  nav: {
    titleKey: 'configuration.title',
    path: '/configuration',
    icon: Operation,
    permission: 'config.manage',
    group: 'manage',
    order: 16,
  },
}
