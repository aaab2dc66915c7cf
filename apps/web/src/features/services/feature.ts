import { Cpu } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** The deployed services: a table of all, and a page for each. */
export const feature: Feature = {
  routes: [
    {
      path: '/services',
      name: 'services',
      component: () => import('./pages/ServicesPage.vue'),
      meta: { titleKey: 'services.title', permission: 'services.read' },
    },
    {
      path: '/services/:id',
      name: 'service',
      component: () => import('./pages/ServicePage.vue'),
      meta: { titleKey: 'services.title', permission: 'services.read' },
    },
  ],
  nav: {
    titleKey: 'services.title',
    path: '/services',
    icon: Cpu,
    permission: 'services.read',
    group: 'operate',
    order: 10,
  },
}
