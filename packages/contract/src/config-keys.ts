import { z } from 'zod'
import type { configEffects, configKinds, configTypes } from './choices.ts'
import { bounds, longest } from './limits.ts'
import { plainAddress } from './network-endpoint.ts'
import { rule } from './issue-rules.ts'

/** Whose a value is: the platform's, a service's, or a person's own. */
export type ConfigType = (typeof configTypes)[number]
/** When a changed value takes effect: now, or in instances that are started from now on. */
export type ConfigEffect = (typeof configEffects)[number]
/** How a value is entered. */
export type ConfigKind = (typeof configKinds)[number]

type Words = { zh: string; en: string }

/** A key of the platform's own. */
export type ConfigKeyDefinition = {
  /** Whose values can be set; none: it is chosen elsewhere. */
  types: readonly ConfigType[]
  kind: ConfigKind
  /** What a value has to be. */
  schema: z.ZodType
  /** The value where none is set; null if there is none. */
  fallback: string | number | null
  effect: ConfigEffect
  title: Words
  about: Words
}

/** How long the gateway waits for an answer of a new service, seconds. */
export const usualTimeoutS = 60

const count = (most: number) => z.number().int().min(1).max(most)

/** The keys that the platform itself reads. Variables of services (`env.NAME`) and keys of one's own (`custom.name`) come beside them. */
export const configKeys = {
  'service.timeout': {
    types: ['system', 'service'],
    kind: 'number',
    schema: z.number().min(bounds.timeoutS.min).max(bounds.timeoutS.max),
    fallback: usualTimeoutS,
    effect: 'at_once',
    title: { zh: '请求超时（秒）', en: 'Time-out of requests (seconds)' },
    about: {
      zh: '网关等待服务回答的时间。系统值用于新部署的服务',
      en: 'How long the gateway waits for an answer. The value of the system is for services that are newly deployed',
    },
  },
  'service.port': {
    types: ['service'],
    kind: 'integer',
    schema: z.number().int().min(bounds.port.min).max(bounds.port.max),
    fallback: null,
    effect: 'at_once',
    title: { zh: '对外端口', en: 'Front port' },
    about: { zh: '网关为这个服务打开的端口', en: 'The port that the gateway opens for the service' },
  },
  'service.host': {
    types: [],
    kind: 'string',
    schema: plainAddress,
    fallback: null,
    effect: 'at_once',
    title: { zh: '对外地址', en: 'Front address' },
    about: {
      zh: '对外端口在本机的哪个地址上打开；部署时选择',
      en: 'The address of this machine at which the front port is opened; chosen at a deploy',
    },
  },
  'runs.keep_days': {
    types: ['system'],
    kind: 'integer',
    schema: count(3_650),
    fallback: 90,
    effect: 'at_once',
    title: { zh: '运行记录保留天数', en: 'Days that runs are kept' },
    about: {
      zh: '更早的运行会被删除；分享、演示和样例用到的保留',
      en: 'Older runs are deleted, but for those that a link, a presentation or an example shows',
    },
  },
  'runs.keep_per_service': {
    types: ['system'],
    kind: 'integer',
    schema: count(1_000_000),
    fallback: 1_000,
    effect: 'at_once',
    title: { zh: '每个服务保留的运行数', en: 'Runs kept for each service' },
    about: { zh: '超过后先删除最早的', en: 'Beyond it, the oldest are deleted first' },
  },
} as const satisfies Record<string, ConfigKeyDefinition>

/** A key of the platform's own. */
export type KnownConfigKey = keyof typeof configKeys

/** Whether the platform itself reads a key. */
export const isKnownConfigKey = (key: string): key is KnownConfigKey => Object.hasOwn(configKeys, key)

const variablePrefix = 'env.'
const ownPrefix = 'custom.'

/** The key of a variable of services. */
export const keyOfVariable = (name: string): string => `${variablePrefix}${name}`
/** The variable that a key sets; null for every other key. */
export const variableOfKey = (key: string): string | null =>
  key.startsWith(variablePrefix) ? key.slice(variablePrefix.length) : null

/**
 * Variables that the platform itself sets for every instance, and those by which a loader or a shell runs foreign code before the
 * instance is in its sandbox. Nobody else sets them.
 */
const reservedVariables: ReadonlySet<string> = new Set([
  ...['PATH', 'HOME', 'TMPDIR', 'USER', 'LOGNAME', 'HOST', 'PORT', 'PWD', 'OLDPWD', 'SHLVL', '_'],
  ...['IFS', 'ENV', 'BASH_ENV', 'SHELLOPTS', 'BASHOPTS', 'PS4', 'NODE_OPTIONS', 'NODE_PATH'],
  ...['PYTHONPATH', 'PYTHONHOME', 'PYTHONSTARTUP', 'PYTHONPYCACHEPREFIX', 'LISTEN_FDS', 'LISTEN_PID'],
])
const reservedPrefixes = ['VITRINE_', 'LD_', 'DYLD_', 'GLIBC_', 'GCONV_', 'BASH_FUNC_', 'MALLOC_']

/** Whether a variable is the platform's own, or decides what runs before the sandbox. Pure. */
export const isReservedVariable = (name: string): boolean =>
  reservedVariables.has(name) || reservedPrefixes.some((prefix) => name.startsWith(prefix))

/** The name of a variable that can be set for services. */
export const variableName = z
  .string()
  .max(longest.configKey)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, rule('field.variable_name'))
  .refine((name) => !isReservedVariable(name), rule('field.variable_reserved'))

/** What a variable of services can be. */
export const variableValue = z.union([z.string().max(longest.configText), z.number(), z.boolean()])

const ownKey = { kind: 'json', types: ['system', 'service', 'user'], effect: 'at_once' } as const
const ownVariable = { kind: 'string', types: ['system', 'service'], effect: 'new_instances' } as const

/** What is known of a key: whose values it can have, how they are entered, and when they take effect. Null for a key that nobody reads. */
export function configKeyFacts(key: string): Pick<ConfigKeyDefinition, 'types' | 'kind' | 'effect'> | null {
  if (isKnownConfigKey(key)) return configKeys[key]
  const variable = variableOfKey(key)
  if (variable !== null) return variableName.safeParse(variable).success ? ownVariable : null
  return key.startsWith(ownPrefix) ? ownKey : null
}
