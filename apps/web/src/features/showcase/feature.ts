import { Grid } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** The showcase, which is the first page that a customer sees. */
export const feature: Feature = {
  routes: [
    {
      path: '/',
      name: 'showcase',
      component: () => import('./pages/ShowcasePage.vue'),
      meta: { titleKey: 'showcase.title', permission: 'showcase.read' },
    },
  ],
  nav: {
    titleKey: 'showcase.title',
    path: '/',
    icon: Grid,
    permission: 'showcase.read',
    group: 'show',
    order: 10,
  },
}
