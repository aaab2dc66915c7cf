import { Switch } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** Compares several algorithms or settings on the same input, side by side. */
export const feature: Feature = {
  routes: [
    {
      path: '/compare',
      name: 'compare',
      component: () => import('./pages/ComparePage.vue'),
      meta: { titleKey: 'compare.title', permission: 'runs.create' },
    },
    {
      path: '/compare/:id',
      name: 'comparison',
      component: () => import('./pages/ComparisonPage.vue'),
      meta: { titleKey: 'compare.title', permission: 'runs.read' },
    },
  ],
  nav: {
    titleKey: 'compare.title',
    path: '/compare',
    icon: Switch,
    permission: 'runs.create',
    group: 'show',
    order: 20,
  },
}
