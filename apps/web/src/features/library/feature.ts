import { Film } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** The media library: pictures, recordings, videos and texts to show algorithms with. */
export const feature: Feature = {
  routes: [
    {
      path: '/library',
      name: 'library',
      component: () => import('./pages/LibraryPage.vue'),
      meta: { titleKey: 'library.title', permission: 'assets.read' },
    },
  ],
  nav: {
    titleKey: 'library.title',
    path: '/library',
    icon: Film,
    permission: 'assets.read',
    group: 'show',
    order: 30,
  },
}
