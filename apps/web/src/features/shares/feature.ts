import { Share } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** Links for customers: the list, their use, and revoking them. */
export const feature: Feature = {
  routes: [
    {
      path: '/shares',
      name: 'shares',
      component: () => import('./pages/SharesPage.vue'),
      meta: { titleKey: 'shares.title', permission: 'shares.write' },
    },
  ],
  nav: {
    titleKey: 'shares.title',
    path: '/shares',
    icon: Share,
    permission: 'shares.write',
    group: 'show',
    order: 40,
  },
}
