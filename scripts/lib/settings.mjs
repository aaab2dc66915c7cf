import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import {
  anything,
  clusterAlone,
  formed,
  kubernetesRules,
  oidcRules,
  oneOf,
  quantity,
  together,
} from './setting-rules.mjs'
import { UserError, words } from './words.mjs'

/** @typedef {import('./setting-rules.mjs').Rule} Rule */

const isPort = (/** @type {number} */ value) => Number.isInteger(value) && value >= 1 && value <= 65_535

/** @param {string} value */
function isRange(value) {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(value) ?? []
  return first !== undefined && isPort(Number(first)) && isPort(Number(last)) && Number(first) <= Number(last)
}

/** @type {(least: number, most: number) => Rule} */
const whole = (least, most) => ({
  ok: (value) => Number.isInteger(Number(value)) && Number(value) >= least && Number(value) <= most,
  wanted: () => words(`应为 ${least}–${most} 之间的整数`, `expected a whole number, ${least}–${most}`),
})
/** @type {Rule} */
const cores = {
  ok: (value) => Number(value) >= 0.01 && Number(value) <= 1024,
  wanted: () => words('应为 0.01–1024 之间的数', 'expected a number, 0.01–1024'),
}
/** @type {Rule} */
const port = {
  ok: (value) => isPort(Number(value)),
  wanted: () => words('应为 1–65535 之间的端口号', 'expected a port, 1–65535'),
}
/** @type {Rule} */
const range = {
  ok: isRange,
  wanted: () => words('应为端口范围，如 8001-8999', 'expected a range of ports such as 8001-8999'),
}
/** @type {Rule} */
const accounts = {
  ok: (value) => {
    const [, first, last] = /^(\d+)-(\d+)$/.exec(value) ?? []
    const size = Number(last) - Number(first) + 1
    return Number(first) > 0 && size >= 100 && Number(last) < 2 ** 31
  },
  wanted: () =>
    words(
      '应为至少 100 个用户号的号段，如 1900000000-1900009999',
      'expected a range of at least 100 numbers of users such as 1900000000-1900009999',
    ),
}
const shellFree = formed('command')
/** @type {Rule} */
const command = { ...shellFree, ok: (value) => shellFree.ok(value) && /[^\s'"]/.test(value) }

/** @param {string} value */
function isNetwork(value) {
  const [address = '', length, ...more] = value.split('/')
  const family = address.includes('%') ? 0 : isIP(address)
  if (family === 0 || more.length > 0) return false
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128))
}
/** @type {Rule} */
const proxies = {
  ok: (value) =>
    value
      .split(/[\s,]+/)
      .filter(Boolean)
      .every((one) => isNetwork(one) && !/\/0+$/.test(one)),
  wanted: () =>
    words(
      '应为代理的地址或网段，如 127.0.0.1, 10.1.0.0/16；不能是全部地址，否则任何客户端都能冒充别的地址',
      'expected the addresses or networks of proxies such as 127.0.0.1, 10.1.0.0/16; a network of all addresses would trust what every client says about itself',
    ),
}
const httpOrigin = formed('origin')
const hostname = formed('hostname')
/** @type {Rule} */
const origin = {
  ...httpOrigin,
  ok: (value) => httpOrigin.ok(value) && URL.canParse(value) && hostname.ok(new URL(value).hostname),
}
const domain = formed('domain', (value) => [value.toLowerCase()])
const hosts = formed('host', (value) =>
  value
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean),
)

/**
 * Quotas and ceilings, from the file that the control plane reads as well.
 * @type {Record<string, { min: number, max: number }>}
 */
const quotaTable = JSON.parse(
  readFileSync(new URL('../../apps/server/src/modules/quotas/quotas.settings.json', import.meta.url), 'utf8'),
)
const quotaRules = Object.fromEntries(
  Object.entries(quotaTable).map(([name, { min, max }]) => [name, whole(min, max)]),
)

/**
 * The settings with the same rules as in the control plane (apps/server/src/config.ts; a test compares the
 * two). So a mistake is reported before anything is installed.
 * @type {Readonly<Record<string, Rule>>}
 */
export const settingRules = {
  VITRINE_PORT: port,
  VITRINE_HOST: anything,
  VITRINE_PUBLIC_URL: origin,
  VITRINE_TRUSTED_PROXIES: proxies,
  VITRINE_APPS_DOMAIN: domain,
  VITRINE_CONNECTIONS_PER_CLIENT: whole(10, 100_000),
  VITRINE_DATA_DIR: anything,
  VITRINE_ADMIN_PASSWORD: {
    ok: (value) => value.length >= 10 && value.length <= 200,
    wanted: () => words('密码长度应为 10–200 个字符', 'expected 10–200 characters'),
  },
  VITRINE_RESET_USER: anything,
  VITRINE_SECRET_KEY: {
    ok: (value) => value.length >= 32 && value.length <= 500,
    wanted: () => words('长度应为 32–500 个字符', 'expected 32–500 characters'),
  },
  VITRINE_DEMO: oneOf('on', 'off'),
  VITRINE_SYSTEM_PACKAGES: oneOf('on', 'off'),
  VITRINE_GATEWAY: oneOf('auto', 'nginx', 'embedded'),
  VITRINE_NGINX_CONF_DIR: formed('absolutePath'),
  VITRINE_NGINX_RELOAD: command,
  VITRINE_RUNNER: oneOf('auto', 'supervisor', 'local', 'kubernetes'),
  VITRINE_DOCKER_HOST: {
    ok: (value) => /^(unix:\/\/\/.+|tcp:\/\/(127\.0\.0\.1|localhost|\[::1\]):[0-9]{1,5}\/?)$/.test(value),
    wanted: () =>
      words('应为 unix:///路径 或 tcp://127.0.0.1:端口', 'expected unix:///path or tcp://127.0.0.1:port'),
  },
  VITRINE_DOCKER_CERTS: formed('absolutePath'),
  ...kubernetesRules,
  VITRINE_FRONT_PORTS: range,
  VITRINE_INSTANCE_PORTS: range,
  VITRINE_ACCOUNTS: accounts,
  VITRINE_ROOT: oneOf('auto', 'keep', 'drop'),
  ...quotaRules,
  VITRINE_CEILING_CPU: cores,
  VITRINE_SANDBOX: oneOf('auto', 'off'),
  VITRINE_NETWORK: oneOf('none', 'all'),
  VITRINE_CEILING_NETWORK: oneOf('none', 'all'),
  VITRINE_MODEL_URLS: oneOf('off', 'public', 'all'),
  VITRINE_BUILD_NETWORK: oneOf('none', 'registries', 'all'),
  VITRINE_BUILD_HOSTS: hosts,
  VITRINE_SHARED_FOLDERS: formed('absolutePaths'),
  VITRINE_PYTHON: anything,
  VITRINE_PYTHONS: formed('absolutePaths'),
  VITRINE_LOG_LEVEL: oneOf('debug', 'info', 'warn', 'error'),
  VITRINE_CALLS_DAYS: quantity('duration', {
    unit: 'd',
    least: 1,
    most: 3_650,
    wanted: () => words('应为 1–3650 天，如 30 或 30d', 'expected 1–3650 whole days, such as 30 or 30d'),
  }),
  VITRINE_LOG_MAX_MB: quantity('size', {
    unit: 'mb',
    least: 1,
    most: 10_000,
    wanted: () =>
      words('应为 1–10000 MB，如 10 或 10MB', 'expected 1–10000 whole megabytes, such as 10 or 10MB'),
  }),
  VITRINE_LOG_BACKUPS: whole(1, 100),
  DATABASE_URL: formed('postgres'),
  VITRINE_STANDBY: oneOf('on', 'off'),
  REDIS_URL: formed('redis'),
  GITEA_SERVER_URL: formed('address'),
  GITEA_ACCESS_TOKEN: anything,
  GITEA_DEFAULT_OWNER: anything,
  GITEA_REPO_PREFIX: anything,
  ...oidcRules,
  VITRINE_PUSH_POLL_S: whole(10, 3_600),
  VITRINE_STORAGE: oneOf('folder', 's3'),
  VITRINE_S3_BUCKET: formed('bucket'),
  AWS_ACCESS_KEY_ID: anything,
  AWS_SECRET_ACCESS_KEY: anything,
  AWS_REGION: anything,
  AWS_ENDPOINT_URL: formed('web'),
}

/** @param {Readonly<Record<string, string | undefined>>} env */
function alone(env) {
  return together.flatMap((names) =>
    names
      .filter((name) => !env[name] && names.some((other) => env[other]))
      .map((name) => {
        const others = names.filter((other) => other !== name).join(', ')
        return words(`${name}：需要与 ${others} 一起设置`, `${name}: needed together with ${others}`)
      }),
  )
}

/** @param {Readonly<Record<string, string | undefined>>} env */
function resetAlone({ VITRINE_RESET_USER: user, VITRINE_ADMIN_PASSWORD: password }) {
  if (!user || password) return []
  const other = 'VITRINE_ADMIN_PASSWORD'
  return [
    words(
      `VITRINE_RESET_USER：需要与 ${other} 一起设置`,
      `VITRINE_RESET_USER: needed together with ${other}`,
    ),
  ]
}

/** @param {Readonly<Record<string, string | undefined>>} env */
const standbyAlone = ({ VITRINE_STANDBY: standby, DATABASE_URL: url }) =>
  standby !== 'on' || url
    ? []
    : [
        words(
          'VITRINE_STANDBY：需要 DATABASE_URL，因为内置数据库属于一个控制面',
          'VITRINE_STANDBY: needs DATABASE_URL, because the embedded database belongs to one control plane',
        ),
      ]

/** @param {Readonly<Record<string, string | undefined>>} env */
const certificatesAlone = ({ VITRINE_DOCKER_CERTS: folder, VITRINE_DOCKER_HOST: host }) =>
  // An invalid value is already reported.
  !folder?.startsWith('/') || host?.startsWith('tcp://')
    ? []
    : [
        words(
          'VITRINE_DOCKER_CERTS：需要 VITRINE_DOCKER_HOST=tcp://…，因为套接字不用证书',
          'VITRINE_DOCKER_CERTS: needs VITRINE_DOCKER_HOST=tcp://…, because a socket takes no certificates',
        ),
      ]

/** @param {Readonly<Record<string, string | undefined>>} env */
function sharedHost({ VITRINE_PUBLIC_URL: url, VITRINE_APPS_DOMAIN: apps }) {
  if (!url || !apps || !origin.ok(url) || !domain.ok(apps)) return []
  if (!new URL(url).hostname.endsWith(`.${apps.toLowerCase()}`)) return []
  return [
    words(
      'VITRINE_APPS_DOMAIN：VITRINE_PUBLIC_URL 的主机名不能在此域名之下',
      'VITRINE_APPS_DOMAIN: the host of VITRINE_PUBLIC_URL must not be below this domain',
    ),
  ]
}

/**
 * Returns the errors in the environment, one line for each variable. An empty variable counts as absent.
 * @param {Readonly<Record<string, string | undefined>>} env
 */
export function settingProblems(env) {
  const problems = Object.entries(env).flatMap(([name, value]) => {
    if (!value) return []
    const rule = Object.hasOwn(settingRules, name) ? settingRules[name] : undefined
    if (rule) return rule.ok(value) ? [] : [`${name}: ${rule.wanted()}`]
    if (!name.startsWith('VITRINE_')) return []
    return [words(`${name}：没有这个设置项`, `${name}: there is no such setting`)]
  })
  return [
    ...problems,
    ...alone(env),
    ...clusterAlone(env),
    ...resetAlone(env),
    ...standbyAlone(env),
    ...certificatesAlone(env),
    ...sharedHost(env),
  ]
}

/**
 * Returns the settings that the scripts themselves need. Throws (exit code 78) if one is invalid.
 * @param {Readonly<Record<string, string | undefined>>} env
 */
export function readSettings(env) {
  const problems = settingProblems(env)
  if (problems.length > 0) throw new UserError(problems.join('\n'), 78)
  return {
    host: env.VITRINE_HOST || '127.0.0.1',
    port: Number(env.VITRINE_PORT || 8000),
    dataFolder: env.VITRINE_DATA_DIR || null,
    systemPackages: env.VITRINE_SYSTEM_PACKAGES !== 'off',
    ownDatabase: !env.DATABASE_URL,
    standsBy: env.VITRINE_STANDBY === 'on',
    demo: env.VITRINE_DEMO !== 'off',
    /** @type {'auto' | 'keep' | 'drop'} */
    rootMode: env.VITRINE_ROOT === 'keep' || env.VITRINE_ROOT === 'drop' ? env.VITRINE_ROOT : 'auto',
  }
}
