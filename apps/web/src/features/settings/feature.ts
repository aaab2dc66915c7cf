import { Setting } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** API keys and users for those who may manage them, and the person's own account. */
export const feature: Feature = {
  routes: [
    {
      path: '/settings',
      name: 'settings',
      component: () => import('./pages/SettingsPage.vue'),
      meta: { titleKey: 'settings.title', permission: 'api_keys.own' },
    },
    {
      path: '/account',
      name: 'account',
      component: () => import('./pages/AccountPage.vue'),
      meta: { titleKey: 'settings.account.title' },
    },
  ],
  nav: {
    titleKey: 'settings.title',
    path: '/settings',
    icon: Setting,
    permission: 'api_keys.own',
    group: 'manage',
    order: 20,
  },
}
