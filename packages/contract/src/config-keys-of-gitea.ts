import { z } from 'zod'
import type { ConfigKeyDefinition } from './config-key-definition.ts'

type Gitea = Pick<ConfigKeyDefinition, 'title'> & { setting: string; secret?: boolean }

/** A setting of the Gitea server. It is set on the page Gitea or in the environment, and shown with the other keys. */
const ofGitea = (own: Gitea) =>
  ({
    ...own,
    types: [],
    inFile: [],
    shownFor: ['system'],
    kind: 'string',
    schema: z.string(),
    fallback: null,
    effect: 'at_once',
    about: {
      zh: '在“Gitea”页或环境变量里设置',
      en: 'Set on the page Gitea or in the environment',
    },
  }) as const satisfies ConfigKeyDefinition

/** The keys of the Gitea server with the team's code. */
export const giteaKeys = {
  'gitea.server_url': ofGitea({
    setting: 'GITEA_SERVER_URL',
    title: { zh: 'Gitea 服务器地址', en: 'Gitea server address' },
  }),
  'gitea.access_token': ofGitea({
    setting: 'GITEA_ACCESS_TOKEN',
    secret: true,
    title: { zh: 'Gitea 访问令牌', en: 'Gitea access token' },
  }),
  'gitea.default_owner': ofGitea({
    setting: 'GITEA_DEFAULT_OWNER',
    title: { zh: '新仓库的所有者', en: 'Owner of new repositories' },
  }),
  'gitea.repo_prefix': ofGitea({
    setting: 'GITEA_REPO_PREFIX',
    title: { zh: '新仓库名的前缀', en: 'Prefix of new repositories' },
  }),
} as const satisfies Record<string, ConfigKeyDefinition>
