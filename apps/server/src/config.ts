import { isIP } from 'node:net'
import { resolve } from 'node:path'
import {
  bounds,
  brokenRules,
  configKeys,
  networkPolicies,
  newServiceModes,
  rule,
  ruleSentence,
  type ConfigKeyDefinition,
} from '@vitrine/contract'
import { closestMatch } from 'leven'
import { z } from 'zod'
import { readDockerHost } from './adapters/docker/docker-host.ts'
import { clusterProblems, kubernetesSettings } from './adapters/kubernetes/kubernetes.settings.ts'
import { formed, formOf, neededTogether, uselessAlone, wantedForm, whole } from './lib/setting-forms.ts'
import { inBoth, isInBoth } from './lib/words.ts'
import { valueOfEnvironment, variableProblems } from './modules/configs/effective/environment.ts'
import type { FileValues } from './modules/config-files/config-file.ts'
import { buildNetworkPolicies } from './modules/build-network/policy.ts'
import { oidcSettings } from './modules/auth/oidc/oidc.settings.ts'
import { quotaSettings } from './modules/quotas/quotas.settings.ts'

const port = whole(bounds.port)
/**
 * A duration or a size that is also a key of the configuration. The unit may be left out. The range and the default are those of
 * the key.
 */
const quantityOfKey = (key: 'calls.keep_days' | 'logs.max_mb') =>
  z
    .string()
    .transform((text): number | string => text)
    .pipe(configKeys[key].schema)
    .default(configKeys[key].fallback)
const range = z
  .string()
  .regex(/^\d+-\d+$/, rule('field.port_range'))
  .transform((text) => {
    const [first = 0, last = 0] = text.split('-').map(Number)
    return { first, last }
  })
  .refine(
    ({ first, last }) => first >= bounds.port.min && first <= last && last <= bounds.port.max,
    rule('field.port_range'),
  )
/**
 * Numbers of users and groups: enough for all services and jobs of a platform, without 0 (root) and within a signed
 * 32-bit integer.
 */
const wantedAccounts = inBoth(
  '应为至少 100 个用户号的号段，如 1900000000-1900009999',
  'expected a range of at least 100 numbers of users such as 1900000000-1900009999',
)
const accounts = z
  .string()
  .regex(/^\d+-\d+$/, wantedAccounts)
  .transform((text) => {
    const [first = 0, last = 0] = text.split('-').map(Number)
    return { first, size: last - first + 1 }
  })
  .refine(({ first, size }) => first > 0 && size >= 100 && first + size <= 2 ** 31, wantedAccounts)
/** Absolute paths, separated as in PATH. The root folder would open everything. */
const folders = formed('absolutePaths').transform((text) => text.split(':'))
const optional = z.string().min(1).optional()
/** A command without anything that only a shell would understand; words in quotes may hold spaces. */
const command = formed('command')
  .transform((text) => text.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [])
  .transform(([file, ...args], ctx): [string, ...string[]] => {
    const words = [file ?? '', ...args].map((word) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'))
    if (!words[0]) ctx.addIssue({ code: 'custom', message: wantedForm('command') })
    return [words[0] ?? '', ...words.slice(1)]
  })
  .optional()
/** An address, or a network as `address/length`. */
function isNetwork(text: string): boolean {
  const [address = '', length] = text.split('/', 2)
  const family = address.includes('%') ? 0 : isIP(address)
  if (family === 0 || text.split('/').length > 2) return false
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128))
}
const proxies = z
  .string()
  .transform((text) => [
    ...new Set(
      text
        .toLowerCase()
        .split(/[\s,]+/)
        .filter(Boolean),
    ),
  ])
  .refine(
    (list) => list.every(isNetwork),
    inBoth(
      '应为代理的地址或网段，如 127.0.0.1, 10.1.0.0/16',
      'expected addresses or networks such as 127.0.0.1, 10.1.0.0/16',
    ),
  )
  .refine(
    (list) => !list.some((one) => /\/0+$/.test(one)),
    inBoth(
      '不能是全部地址，否则任何客户端都能冒充别的地址；请写出代理',
      'a network of all addresses would trust what every client says about itself; name the proxies',
    ),
  )
const origin = formed('origin')
  .refine(
    (text) => URL.canParse(text) && formOf('hostname').test(new URL(text).hostname),
    wantedForm('origin'),
  )
  .transform((text) => new URL(text).origin)
/** A domain name whose last label is no number, so that no address looks like it. */
const domain = z
  .string()
  .transform((text) => text.toLowerCase())
  .refine((text) => formOf('domain').test(text), wantedForm('domain'))
/** Hosts with or without a port, separated by commas or spaces. */
const hosts = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter(Boolean))
  .refine((list) => list.every((one) => formOf('host').test(one.toLowerCase())), wantedForm('host'))
const dockerHost = z.string().transform((text, ctx) => {
  const host = readDockerHost(text)
  if (host !== null) return host
  ctx.addIssue({
    code: 'custom',
    message: inBoth(
      '应为 unix:///路径 或 tcp://127.0.0.1:端口',
      'expected unix:///path or tcp://127.0.0.1:port',
    ),
  })
  return z.NEVER
})
const onOff = z.enum(['on', 'off']).default('on')

/**
 * The process's own settings: environment variables, each with its default. Documented in docs/operations/settings.md;
 * a test holds the two together.
 */
export const settingsSchema = z.object({
  VITRINE_PORT: port.default(8000),
  VITRINE_HOST: z.string().min(1).default('127.0.0.1'),
  VITRINE_PUBLIC_URL: origin.optional(),
  VITRINE_TRUSTED_PROXIES: proxies.optional(),
  VITRINE_APPS_DOMAIN: domain.optional(),
  VITRINE_CONNECTIONS_PER_CLIENT: z.coerce
    .number()
    .int()
    .min(bounds.connectionsPerClient.min)
    .max(bounds.connectionsPerClient.max)
    .optional(),
  VITRINE_DATA_DIR: z.string().min(1).default('./data'),
  VITRINE_ADMIN_PASSWORD: z.string().min(bounds.newPassword.min).max(bounds.newPassword.max).optional(),
  VITRINE_RESET_USER: z.string().min(1).optional(),
  VITRINE_SECRET_KEY: z.string().min(32).max(500).optional(),
  VITRINE_DEMO: onOff,
  VITRINE_SYSTEM_PACKAGES: onOff,
  VITRINE_GATEWAY: z.enum(['auto', 'nginx', 'embedded']).default('auto'),
  VITRINE_NGINX_CONF_DIR: formed('absolutePath').optional(),
  VITRINE_NGINX_RELOAD: command,
  VITRINE_RUNNER: z.enum(['auto', ...newServiceModes]).default('auto'),
  VITRINE_DOCKER_HOST: dockerHost.optional(),
  VITRINE_DOCKER_CERTS: formed('absolutePath').optional(),
  ...kubernetesSettings,
  VITRINE_FRONT_PORTS: range.default({ first: 8001, last: 8999 }),
  VITRINE_INSTANCE_PORTS: range.default({ first: 18001, last: 19999 }),
  VITRINE_ACCOUNTS: accounts.optional(),
  VITRINE_ROOT: z.enum(['auto', 'keep', 'drop']).default('auto'),
  VITRINE_SANDBOX: z.enum(['auto', 'off']).default('auto'),
  VITRINE_NETWORK: z.enum(networkPolicies).default('all'),
  VITRINE_CEILING_NETWORK: z.enum(networkPolicies).default('all'),
  VITRINE_MODEL_URLS: z.enum(['off', 'public', 'all']).default('public'),
  VITRINE_BUILD_NETWORK: z.enum(buildNetworkPolicies).optional(),
  VITRINE_BUILD_HOSTS: hosts.optional(),
  VITRINE_SHARED_FOLDERS: folders.optional(),
  VITRINE_PYTHON: optional,
  VITRINE_PYTHONS: folders.optional(),
  VITRINE_CALLS_DAYS: quantityOfKey('calls.keep_days'),
  VITRINE_LOG_LEVEL: configKeys['logging.level'].schema.default(configKeys['logging.level'].fallback),
  VITRINE_LOG_MAX_MB: quantityOfKey('logs.max_mb'),
  VITRINE_LOG_BACKUPS: whole(bounds.logBackups).default(configKeys['logs.backups'].fallback),
  ...quotaSettings,
  DATABASE_URL: formed('postgres').optional(),
  VITRINE_STANDBY: z.enum(['on', 'off']).default('off'),
  REDIS_URL: formed('redis').optional(),
  GITEA_SERVER_URL: formed('address').optional(),
  GITEA_ACCESS_TOKEN: optional,
  GITEA_DEFAULT_OWNER: optional,
  GITEA_REPO_PREFIX: optional,
  ...oidcSettings,
  VITRINE_PUSH_POLL_S: whole(bounds.pushPollS).default(60),
  VITRINE_STORAGE: z.enum(['folder', 's3']).default('folder'),
  VITRINE_S3_BUCKET: formed('bucket').optional(),
  AWS_ACCESS_KEY_ID: optional,
  AWS_SECRET_ACCESS_KEY: optional,
  AWS_REGION: z.string().min(1).default('us-east-1'),
  AWS_ENDPOINT_URL: formed('web').optional(),
})

/** The process's own settings, parsed. */
export type Settings = z.output<typeof settingsSchema>

/** A setting that cannot be used: the variable, and what was expected. */
export class SettingsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'SettingsError'
  }
}

const alone = (given: Readonly<Record<string, unknown>>): string[] =>
  neededTogether.flatMap((names) =>
    names
      .filter((name) => !(name in given) && names.some((other) => other in given))
      .map((name) => {
        const others = names.filter((other) => other !== name).join(', ')
        return `${name}: 需要与 ${others} 一起设置 · needed together with ${others}`
      }),
  )

/** A reset of a password needs the new password. */
const resetAlone = ({ VITRINE_RESET_USER: user, VITRINE_ADMIN_PASSWORD: password }: Partial<Settings>) =>
  user === undefined || password !== undefined
    ? []
    : [
        'VITRINE_RESET_USER: 需要与 VITRINE_ADMIN_PASSWORD 一起设置 · needed together with VITRINE_ADMIN_PASSWORD',
      ]

/** The platform cannot be at a host that belongs to an algorithm. */
function sharedHost({ VITRINE_PUBLIC_URL: url, VITRINE_APPS_DOMAIN: apps }: Partial<Settings>): string[] {
  if (url === undefined || apps === undefined || !new URL(url).hostname.endsWith(`.${apps}`)) return []
  return [
    'VITRINE_APPS_DOMAIN: VITRINE_PUBLIC_URL 的主机名不能在此域名之下 · the host of VITRINE_PUBLIC_URL must not be below this domain',
  ]
}

/** What is wrong with a setting, in both languages: the sentence of its own form, or that of the rule that it breaks. */
function problemOf(issue: z.core.$ZodIssue): string {
  const [broken] = isInBoth(issue.message) ? [] : brokenRules([issue])
  const said = broken ? inBoth(ruleSentence(broken, 'zh'), ruleSentence(broken, 'en')) : issue.message
  return `${issue.path.join('.')}: ${said}`
}

/** A misspelt setting, with the one that was probably meant. */
const unknownSetting = (name: string, known: ReadonlySet<string>): string => {
  const nearest = closestMatch(name, [...known]) ?? ''
  return `${name}: ${inBoth(`没有这个设置项，最接近的是 ${nearest}`, `there is no such setting; the nearest is ${nearest}`)}`
}

const ours = (name: string) => name.startsWith('VITRINE_')

/** Settings that are given as keys of the configuration: by their other name in the environment, or in the file. */
const givenAsKeys = (
  given: Readonly<Record<string, string | undefined>>,
  file: FileValues,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries<ConfigKeyDefinition>(configKeys).flatMap(([key, { setting }]) => {
      const value = valueOfEnvironment(given, key) ?? file.get(key)
      return setting === undefined || value === undefined ? [] : [[setting, String(value)]]
    }),
  )

/**
 * Parses the environment at start, and again with the values of `config.yaml`. A variable of the environment wins over `config.yaml`. An empty variable counts as
 * absent; an unknown `VITRINE_` one is an error, so that a misspelt setting is not silently without effect. Throws
 * {@link SettingsError} naming each variable.
 */
export function parseSettings(
  env: Readonly<Record<string, string | undefined>>,
  file: FileValues = new Map(),
): Settings {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  )
  const known = new Set(Object.keys(settingsSchema.shape))
  const unknown = Object.keys(given).filter((name) => ours(name) && !known.has(name))
  const parsed = settingsSchema.safeParse({ ...givenAsKeys(given, file), ...given })
  // A number that is neither whole nor within its range breaks two rules with one sentence.
  const issues = [...new Set(parsed.error?.issues.map(problemOf))]
  const named = new Set(parsed.error?.issues.map((issue) => issue.path.join('.')))
  const problems = [
    ...unknown.map((name) => unknownSetting(name, known)),
    ...alone(given),
    ...clusterProblems(given),
    ...variableProblems(given).filter((problem) => !named.has(problem.split(':')[0] ?? '')),
    ...resetAlone(parsed.data ?? {}),
    ...uselessAlone(given),
    ...sharedHost(parsed.data ?? {}),
    ...issues,
  ]
  if (!parsed.success || problems.length > 0) throw new SettingsError(problems)
  return { ...parsed.data, VITRINE_DATA_DIR: resolve(parsed.data.VITRINE_DATA_DIR) }
}
