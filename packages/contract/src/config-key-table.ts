import { z } from 'zod'
import { logLevels, newServiceModes } from './choices.ts'
import type { ConfigKeyDefinition } from './config-key-definition.ts'
import { appKeys } from './config-keys-of-app.ts'
import { containerKeys } from './config-keys-of-containers.ts'
import { folderKeys } from './config-keys-of-folders.ts'
import { giteaKeys } from './config-keys-of-gitea.ts'
import { personKeys } from './config-keys-of-people.ts'
import { serviceKeys } from './config-keys-of-services.ts'
import { shareKeys, signInKeys } from './config-keys-of-sign-in.ts'
import { duration, size } from './config-kinds.ts'
import { bounds } from './limits.ts'
import { rule } from './issue-rules.ts'

/** A range of ports as FIRST-LAST. */
const portRange = z
  .string()
  .regex(/^\d{1,5}-\d{1,5}$/, rule('field.port_range'))
  .refine((text) => {
    const [first = 0, last = 0] = text.split('-').map(Number)
    return first >= bounds.port.min && first <= last && last <= bounds.port.max
  }, rule('field.port_range'))

/** The address of a registry of packages. */
const registry = z
  .string()
  .max(2_000)
  // pip also accepts a folder.
  .regex(/^((https?|file):\/)?\/\S+$/, rule('field.registry'))

/** What the platform takes at most in one file: 20 GiB. */
const largestUploadMb = 20_480

const count = (most: number) => z.number().int().min(1).max(most)

/**
 * The keys that the platform itself reads. Variables of services (`env.NAME`) and people's own keys (`custom.name`)
 * exist in addition.
 */
export const configKeys = {
  ...appKeys,
  ...giteaKeys,
  ...personKeys,
  ...containerKeys,
  ...serviceKeys,
  ...signInKeys,
  ...shareKeys,
  ...folderKeys,
  'deployment.mode': {
    types: [],
    inFile: ['system'],
    setting: 'VITRINE_RUNNER',
    kind: 'choice',
    schema: z.enum(['auto', ...newServiceModes]),
    choices: ['auto', ...newServiceModes],
    fallback: 'auto',
    effect: 'restart',
    title: { zh: '新服务的运行方式', en: 'Runner of new services' },
    about: {
      zh: '由谁看管进程：supervisor、local、kubernetes（只在集群中运行），或 auto（有 supervisord 就用它）。在环境变量或 config.yaml 里设置',
      en: 'What keeps processes running: supervisor, local, kubernetes (in the cluster alone), or auto (supervisord where it is installed). Set in the environment or in config.yaml',
    },
  },
  'ports.front': {
    types: [],
    inFile: ['system'],
    setting: 'VITRINE_FRONT_PORTS',
    kind: 'string',
    schema: portRange,
    fallback: '8001-8999',
    effect: 'restart',
    title: { zh: '独立端口的范围', en: 'Range of front ports' },
    about: {
      zh: '网关分配给各服务的端口。在环境变量或 config.yaml 里设置',
      en: 'The ports that the gateway gives to services. Set in the environment or in config.yaml',
    },
  },
  'ports.instances': {
    types: [],
    inFile: ['system'],
    setting: 'VITRINE_INSTANCE_PORTS',
    kind: 'string',
    schema: portRange,
    fallback: '18001-19999',
    effect: 'restart',
    title: { zh: '实例端口的范围', en: 'Range of instance ports' },
    about: {
      zh: '自带服务程序的包在 127.0.0.1 上监听的端口。在环境变量或 config.yaml 里设置',
      en: 'The ports on 127.0.0.1 of packages that bring their own server. Set in the environment or in config.yaml',
    },
  },
  'logging.level': {
    types: ['system'],
    setting: 'VITRINE_LOG_LEVEL',
    kind: 'choice',
    schema: z.enum(logLevels),
    choices: logLevels,
    fallback: 'info',
    effect: 'at_once',
    title: { zh: '平台日志级别', en: 'Platform log level' },
    about: { zh: '低于此级别的不写入日志', en: 'Messages below this level are not logged' },
  },
  'logs.max_mb': {
    types: ['system'],
    administratorsOnly: true,
    setting: 'VITRINE_LOG_MAX_MB',
    ...size({ unit: 'MB', min: 1, max: 10_000, whole: true }),
    fallback: 10,
    effect: 'at_once',
    title: { zh: '日志轮转大小', en: 'Size of a log file' },
    about: {
      zh: '服务的日志文件达到此大小后轮转。用 supervisor 运行的实例在重新创建时生效',
      en: 'A log file of a service is rotated at this size. With supervisor, a change takes effect when an instance is created again',
    },
  },
  'logs.backups': {
    types: ['system'],
    administratorsOnly: true,
    setting: 'VITRINE_LOG_BACKUPS',
    kind: 'integer',
    schema: z.number().int().min(bounds.logBackups.min).max(bounds.logBackups.max),
    fallback: 5,
    effect: 'at_once',
    title: { zh: '保留的旧日志文件数', en: 'Log files kept' },
    about: {
      zh: '每个日志保留多少个轮转后的文件。用 supervisor 运行的实例在重新创建时生效',
      en: 'How many rotated files of each log are kept. With supervisor, a change takes effect when an instance is created again',
    },
  },
  'pip.index_url': {
    types: ['system'],
    administratorsOnly: true,
    setting: 'PIP_INDEX_URL',
    kind: 'string',
    schema: registry,
    fallback: null,
    effect: 'at_once',
    title: { zh: 'pip 软件源', en: 'pip index' },
    about: {
      zh: '下次构建起使用；不设置时用本机 pip 的配置。地址里不要写密码',
      en: 'Used from the next build on. Without a value, the settings of pip on this machine count. No passwords here',
    },
  },
  'npm.registry': {
    types: ['system'],
    administratorsOnly: true,
    setting: 'npm_config_registry',
    kind: 'string',
    schema: registry,
    fallback: null,
    effect: 'at_once',
    title: { zh: 'npm 软件源', en: 'npm registry' },
    about: {
      zh: '下次构建起使用；不设置时用本机 npm 的配置。地址里不要写密码',
      en: 'Used from the next build on. Without a value, the settings of npm on this machine count. No passwords here',
    },
  },
  'media.allow_urls': {
    types: ['system'],
    administratorsOnly: true,
    kind: 'boolean',
    schema: z.boolean(),
    fallback: false,
    effect: 'new_instances',
    title: { zh: '输入可以是网址', en: 'Inputs may be URLs' },
    about: {
      zh: '调用时允许用 {"url": …} 让算法自己去取',
      en: 'Whether a call may give {"url": …}, which the algorithm fetches itself',
    },
  },
  'uploads.max_mb': {
    types: ['system'],
    ...size({ unit: 'MB', min: 1, max: 2_048, whole: true }),
    fallback: 2_048,
    effect: 'at_once',
    title: { zh: '上传的算法包大小上限', en: 'Largest upload of a package' },
    about: {
      zh: '一次上传的字节数',
      en: 'The bytes of one upload',
    },
  },
  'uploads.unpacked_max_mb': {
    types: ['system'],
    ...size({ unit: 'MB', min: 1, max: 4_096, whole: true }),
    fallback: 4_096,
    effect: 'at_once',
    title: { zh: '解压后的大小上限', en: 'Largest package' },
    about: {
      zh: '解压后所有文件的总大小',
      en: 'All files together after unpacking',
    },
  },
  'uploads.media_max_mb': {
    types: ['system'],
    ...size({ unit: 'MB', min: 1, max: largestUploadMb, whole: true }),
    fallback: largestUploadMb,
    effect: 'at_once',
    title: { zh: '素材文件的大小上限', en: 'Largest media file' },
    about: {
      zh: '登录的人上传的一张图片、一段音频或视频等；访客的在 shares.upload_max_mb',
      en: 'Of the pictures, sounds, films and others of people who are signed in; for visitors of links, see shares.upload_max_mb',
    },
  },
  'uploads.model_max_mb': {
    types: ['system'],
    ...size({ unit: 'MB', min: 1, max: largestUploadMb, whole: true }),
    fallback: largestUploadMb,
    effect: 'at_once',
    title: { zh: '模型文件的大小上限', en: 'Largest model file' },
    about: {
      zh: '上传、推送或部署时下载的一个模型文件；已保存的不受影响',
      en: 'Of model files that are uploaded, pushed or fetched by a deploy; those that are stored stay',
    },
  },
  'calls.keep_days': {
    types: ['system'],
    administratorsOnly: true,
    setting: 'VITRINE_CALLS_DAYS',
    ...duration({ unit: 'd', min: 1, max: 3_650, whole: true }),
    fallback: 30,
    effect: 'at_once',
    title: { zh: '调用记录保留时间', en: 'Time that calls are kept' },
    about: {
      zh: '更早的调用记录会被删除',
      en: 'Older calls are deleted',
    },
  },
  'runs.keep_days': {
    types: ['system'],
    administratorsOnly: true,
    ...duration({ unit: 'd', min: 1, max: 3_650, whole: true }),
    fallback: 90,
    effect: 'at_once',
    title: { zh: '运行记录保留时间', en: 'Time that runs are kept' },
    about: {
      zh: '更早的运行会被删除；分享、演示和样例用到的保留',
      en: 'Older runs are deleted, except those that a link, a presentation or an example shows',
    },
  },
  'runs.keep_per_service': {
    types: ['system'],
    administratorsOnly: true,
    kind: 'integer',
    schema: count(1_000_000),
    fallback: 1_000,
    effect: 'at_once',
    title: { zh: '每个服务保留的运行数', en: 'Runs kept for each service' },
    about: { zh: '超过后先删除最早的', en: 'Beyond this number, the oldest are deleted first' },
  },
} as const satisfies Record<string, ConfigKeyDefinition>
