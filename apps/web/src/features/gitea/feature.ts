import { FolderOpened } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** Code in a Gitea server: its settings, and the way from a repository to a service. */
export const feature: Feature = {
  routes: [
    {
      path: '/gitea',
      name: 'gitea',
      component: () => import('./pages/GiteaPage.vue'),
      meta: { titleKey: 'gitea.title', permission: 'config.manage' },
    },
    {
      path: '/deploy/gitea',
      name: 'deploy-gitea',
      component: () => import('./pages/DeployFromGiteaPage.vue'),
      meta: { titleKey: 'gitea.deploy.title', permission: 'services.deploy' },
    },
  ],
  nav: {
    titleKey: 'gitea.title',
    path: '/gitea',
    icon: FolderOpened,
    permission: 'config.manage',
    group: 'manage',
    order: 15,
  },
}
