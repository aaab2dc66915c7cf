import { Guide } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** The page on which a person's first day begins. */
export const feature: Feature = {
  routes: [
    {
      path: '/start',
      name: 'start',
      component: () => import('./pages/StartPage.vue'),
      meta: { titleKey: 'start.title' },
    },
  ],
  nav: {
    titleKey: 'start.title',
    path: '/start',
    icon: Guide,
    group: 'show',
    order: 50,
  },
}
