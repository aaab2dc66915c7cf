import { z } from 'zod'
import type { ConfigKeyDefinition } from './config-key-definition.ts'

/**
 * A folder at a fixed place in the data folder. It is shown with the setting of the data folder, which alone can move
 * it.
 */
const ofDataFolder = {
  types: [],
  inFile: [],
  shownFor: ['system'],
  kind: 'string',
  schema: z.string(),
  madeFrom: 'VITRINE_DATA_DIR',
  fallback: null,
  effect: 'restart',
} as const satisfies Omit<ConfigKeyDefinition, 'title' | 'about'>

/** The keys of the folders in which the platform keeps services and the programs that run them. */
export const folderKeys = {
  'service.root.dir': {
    ...ofDataFolder,
    title: { zh: '服务所在的目录', en: 'Folder of the services' },
    about: {
      zh: '每个服务在其中有自己的目录。它在数据目录里，只能用环境变量 VITRINE_DATA_DIR 整个搬走，重启后生效',
      en: 'Each service has its own folder in it. It is part of the data folder, which only the environment variable VITRINE_DATA_DIR moves, as a whole, at a restart',
    },
  },
  'supervisor.config.dir': {
    ...ofDataFolder,
    title: { zh: 'supervisord 的配置目录', en: 'Configuration folder of supervisord' },
    about: {
      zh: '平台自己的 supervisord 的配置，由平台写入。它在数据目录里，只能用环境变量 VITRINE_DATA_DIR 整个搬走，重启后生效',
      en: 'The configuration of the private supervisord, which the platform writes. It is part of the data folder, which only the environment variable VITRINE_DATA_DIR moves, as a whole, at a restart',
    },
  },
} as const satisfies Record<string, ConfigKeyDefinition>
