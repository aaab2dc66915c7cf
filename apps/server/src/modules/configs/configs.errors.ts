import { variableOfKey, type ConfigType, type Json } from '@vitrine/contract'
import { defineError } from '../../lib/errors.ts'

export const configNotFound = defineError<{ key: string }>({
  code: 'config.not_found',
  zh: ({ key }) => `配置不存在：${key}`,
  en: ({ key }) => `There is no value of ${key}`,
})

export const configKeyUnknown = defineError<{ key: string; nearest: string }>({
  code: 'config.unknown_key',
  zh: ({ key, nearest }) =>
    `没有 ${key} 这个配置键。最接近的是 ${nearest}；服务的环境变量用 env.名称，自己的键用 custom.名称`,
  en: ({ key, nearest }) =>
    `There is no key ${key}. The most similar one is ${nearest}. Use env.NAME for variables of services, and custom.name for your own keys`,
})

export const configNotHere = defineError<{ key: string; type: ConfigType; types: ConfigType[] }>({
  code: 'config.not_here',
  zh: ({ key, type, types }) =>
    types.length === 0
      ? `${key} 在部署时选择，这里不能改`
      : `${key} 不能设为 ${type} 类型，只能是 ${types.join('、')}`,
  en: ({ key, type, types }) =>
    types.length === 0
      ? `${key} is chosen at a deploy and cannot be changed here`
      : `${key} cannot have a value of the type ${type}, only of ${types.join(', ')}`,
})

export const configAdministratorsOnly = defineError<{ key: string }>({
  code: 'config.administrators_only',
  zh: ({ key }) =>
    variableOfKey(key) === null
      ? `${key} 关系到所有人的服务或登录，只有管理员能设置；请管理员来设置`
      : `${key} 会进入所有人的服务，只有管理员能设置；请改为设置自己服务的变量，或请管理员来设置`,
  en: ({ key }) =>
    variableOfKey(key) === null
      ? `${key} concerns the services or the sign-in of everybody, so only an administrator can set it. Ask an administrator`
      : `${key} reaches the services of everybody, so only an administrator can set it. Set it for your own service, or ask an administrator`,
})

/**
 * `keys` are all changed keys, and `key` is the first of them. `yours` and `theirs` are null for secrets and for values
 * that do not exist.
 */
export const configChanged = defineError<{
  key: string
  keys: string[]
  yours: Json
  theirs: Json
  revision: number
}>({
  code: 'config.changed',
  zh: ({ keys }) => `${keys.join('、')} 在你读取之后已被别人修改，没有保存。请对比两个值再保存`,
  en: ({ keys }) =>
    `Somebody has changed ${keys.join(', ')} since you read it, so nothing was saved. Compare both values, then save`,
})

export const configDraftEmpty = defineError({
  code: 'config.draft_empty',
  zh: () => '草稿里没有修改，没有可发布的。请先把修改存为草稿',
  en: () => 'Your draft has no changes, so there is nothing to publish. Save changes as a draft first',
})

export const configDraftChanged = defineError({
  code: 'config.draft_changed',
  zh: () => '草稿在你查看之后已经变化（在别处修改、发布或放弃了），没有发布。请重新查看再发布',
  en: () =>
    'Your draft has changed since you looked at it, so nothing was published. It was edited, published or discarded elsewhere. Look at it again, then publish',
})

export const configCanaryNothing = defineError({
  code: 'config.canary_nothing',
  zh: () =>
    '先在一个实例上试，只适用于一个服务的环境变量，这次修改里没有可以试的。请不试就保存，或去掉其他服务和系统的值',
  en: () =>
    'A change can be tried on one instance first only if it changes variables of one service and nothing else. Save it without trying it, or remove the other values from it',
})

export const configCanaryNotRunning = defineError<{ service_id: string }>({
  code: 'config.canary_not_running',
  zh: ({ service_id }) =>
    `服务 ${service_id} 没有在运行，没有可以对照的实例，所以没有试，也没有保存。请先启动服务，或不试就保存：下次启动时生效`,
  en: ({ service_id }) =>
    `Service ${service_id} is not running, so the change could not be tried and nothing was saved. Start the service first, or save without trying. The change then takes effect at the next start`,
})

export const configCanaryRuns = defineError<{ service_id: string; task_id: string; author: string }>({
  code: 'config.canary_runs',
  zh: ({ service_id, author }) =>
    `${author} 正在服务 ${service_id} 的一个实例上试另一次修改，没有保存。请等它的任务结束，或先取消那个任务`,
  en: ({ service_id, author }) =>
    `${author} is trying another change on an instance of service ${service_id}, so nothing was saved. Wait for the end of that task, or cancel it first`,
})

export const configRevisionNotFound = defineError<{ revision: number }>({
  code: 'config.revision_not_found',
  zh: ({ revision }) => `没有第 ${revision} 次修改`,
  en: ({ revision }) => `There is no revision ${revision}`,
})

export const configSecretUnreadable = defineError<{ key: string }>({
  code: 'config.secret_unreadable',
  zh: ({ key }) =>
    `${key} 是用另一把密钥加密的，现在读不出来。请把原来的 secrets/sealing.key 放回数据目录，或重新填写这个值`,
  en: ({ key }) =>
    `${key} was encrypted with another key and cannot be read. Put the former secrets/sealing.key back into the data folder, or enter the value again`,
})

export const configValuesMissing = defineError<{ service_id: string; names: string[] }>({
  code: 'config.values_missing',
  zh: ({ names }) =>
    `算法声明了需要的环境变量，但还没有值：${names.join('、')}。请在部署的选项里填写（API 为 service_config.env），或在配置中心设置`,
  en: ({ names }) =>
    `The algorithm declares variables that have no value: ${names.join(', ')}. Enter them in the options of the deploy (service_config.env in the API), or set them in the configuration`,
})

export const configImportInvalid = defineError<{ reason: string; line: number | null }>({
  code: 'config.import_invalid',
  zh: ({ reason, line }) => `不是本平台导出的配置${line === null ? '' : `（第 ${line} 行）`}：${reason}`,
  en: ({ reason, line }) =>
    `This is not a configuration that this platform has exported${line === null ? '' : ` (line ${line})`}: ${reason}`,
})

export const configImportExceeded = defineError<{ limit: number }>({
  code: 'config.import_exceeded',
  zh: ({ limit }) => `这份配置太大，读取它超过了允许的时间或内存：一次最多导入 ${limit} 个值，请分几次导入`,
  en: ({ limit }) =>
    `This configuration is too large, or reading it takes too long. At most ${limit} values can be imported at once. Import it in parts`,
})

export const configFull = defineError<{ limit_bytes: number }>({
  code: 'config.full',
  zh: ({ limit_bytes }) =>
    `没有保存：这个服务（或您自己）的配置值与修改历史超过 ${limit_bytes / 1024 ** 2} MB。请删除不用的值；环境变量改过很多次时，请先让运行中的实例用上最新的值`,
  en: ({ limit_bytes }) =>
    `Nothing was saved: the values of this service, or your own values, and their history take more than ${limit_bytes / 1024 ** 2} MB. Remove values that nobody uses. If variables were changed very often, let the running instances have the newest values first`,
})
