import { UploadFilled } from '@element-plus/icons-vue'
import type { Feature } from '../../app/feature.ts'

/** Deploys code as a service: upload, inspection, options and live steps. */
export const feature: Feature = {
  routes: [
    {
      path: '/deploy',
      name: 'deploy',
      component: () => import('./pages/DeployPage.vue'),
      meta: { titleKey: 'deploy.title', permission: 'services.deploy' },
    },
    {
      path: '/deploy/tasks/:id',
      name: 'deploy-task',
      component: () => import('./pages/DeployTaskPage.vue'),
      meta: { titleKey: 'deploy.task_title', permission: 'tasks.read' },
    },
  ],
  nav: {
    titleKey: 'deploy.nav',
    path: '/deploy',
    icon: UploadFilled,
    permission: 'services.deploy',
    group: 'algorithms',
    order: 10,
  },
}
