import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bounds } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { parseSettings, settingsSchema, SettingsError } from '../apps/server/src/config.ts'
import table from '../apps/server/src/modules/quotas/quotas.settings.json' with { type: 'json' }
import { readSettings, settingProblems, settingRules } from './lib/settings.mjs'

const variableOf = (problem: string) => /^\w+/.exec(problem)?.[0]

function refusedByServer(env: Record<string, string>): (string | undefined)[] {
  try {
    parseSettings(env)
    return []
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return [...new Set(error.problems.map(variableOf))].sort()
  }
}

const values = {
  VITRINE_PORT: ['8000', '1', '65535', '0', '65536', '80.5', 'eight', '-1'],
  VITRINE_HOST: ['0.0.0.0', '::1'],
  VITRINE_PUBLIC_URL: [
    ...[
      'https://vitrine.example',
      'https://vitrine.example:8443/',
      'http://[fd00::1]:8000',
      'https://展示.example',
    ],
    ...[
      'vitrine.example',
      'https://vitrine.example/path',
      'https://a@b',
      'ftp://a',
      'https://a"b',
      'https://a:b',
    ],
  ],
  VITRINE_TRUSTED_PROXIES: [
    ...['127.0.0.1', '127.0.0.1, ::1', '10.1.0.0/16 fd00::/8', ' , '],
    ...[
      '0.0.0.0/0',
      '::/0',
      '10.0.0.0/00',
      'localhost',
      '10.0.0.0/33',
      '10.0.0/8',
      '10.0.0.0/',
      'fe80::1%eth0',
      '1.2.3.4/8/8',
    ],
  ],
  VITRINE_DATA_DIR: ['/srv/展示', './data'],
  VITRINE_ADMIN_PASSWORD: ['x'.repeat(9), 'x'.repeat(10), 'x'.repeat(200), 'x'.repeat(201)],
  VITRINE_RESET_USER: ['anna', 'x'],
  VITRINE_SECRET_KEY: ['x'.repeat(31), 'x'.repeat(32), 'x'.repeat(500), 'x'.repeat(501)],
  VITRINE_DEMO: ['on', 'off', 'yes'],
  VITRINE_SYSTEM_PACKAGES: ['on', 'off', '0'],
  VITRINE_GATEWAY: ['auto', 'embedded', 'apache'],
  VITRINE_NGINX_CONF_DIR: ['/etc/nginx/conf.d', 'conf.d'],
  VITRINE_NGINX_RELOAD: [
    ...[
      'systemctl reload nginx',
      'nginx -s reload',
      "nginx -c '/etc/a b.conf' -s reload",
      'nginx "-s reload"',
    ],
    ...[
      'nginx -s reload; id',
      'nginx $(id)',
      'nginx | cat',
      'nginx `id`',
      'nginx "$HOME"',
      "nginx 'open",
      ' ',
      "''",
    ],
  ],
  VITRINE_APPS_DOMAIN: [
    ...['apps.example.com', 'Apps.Example.com', 'apps.localhost', 'lan'],
    ...[
      '*.example.com',
      'apps.example.com:8000',
      'https://apps.example.com',
      '10.0.0.5',
      '.example.com',
      'a..b',
      '-a.b',
    ],
  ],
  VITRINE_RUNNER: ['auto', 'supervisor', 'local', 'systemd'],
  VITRINE_DOCKER_HOST: [
    ...['unix:///var/run/docker.sock', 'tcp://127.0.0.1:2375', 'tcp://localhost:2375/', 'tcp://[::1]:2375'],
    ...[
      '/var/run/docker.sock',
      'unix://docker.sock',
      'tcp://10.0.0.1:2375',
      'tcp://127.0.0.1',
      'ssh://127.0.0.1',
    ],
  ],
  VITRINE_KUBERNETES_NAMESPACE: ['services', 'a', 'Services', '-a', 'a.b'],
  VITRINE_KUBERNETES_CONFIG: ['/etc/vitrine/kubeconfig', 'kubeconfig'],
  VITRINE_KUBERNETES_CONTEXT: ['production'],
  VITRINE_KUBERNETES_PULL_SECRET: ['registry', 'my_secret'],
  VITRINE_KUBERNETES_PLATFORM_URL: ['http://10.0.0.5:8000', '10.0.0.5:8000'],
  VITRINE_KUBERNETES_NODE_SELECTOR: [
    ...['pool=services', 'node.example.com/pool=a, disktype=ssd', 'spare='],
    ...['pool', '=services', 'pool=a b', 'pool=services,', '-a=b', 'Example.com/pool=a'],
  ],
  VITRINE_KUBERNETES_TOLERATIONS: [
    ...['dedicated=vitrine:NoSchedule', 'nvidia.com/gpu:NoSchedule, a=b:NoExecute', 'a:PreferNoSchedule'],
    ...[
      'dedicated=vitrine',
      'dedicated:Never',
      ':NoSchedule',
      'a=b:NoSchedule,',
      'a:NoSchedule b:NoSchedule',
    ],
  ],
  VITRINE_ROOT: ['keep', 'drop', 'yes'],
  VITRINE_ACCOUNTS: [
    ...['1900000000-1900009999', '100000-100099', '2147483548-2147483647'],
    ...['100000-100098', '0-200', '2147483549-2147483648', '200-100', '100000', 'a-b'],
  ],
  VITRINE_FRONT_PORTS: ['8001-8999', '1-1', '9000-8000', '0-10', '65000-70000', '8001', 'a-b'],
  VITRINE_INSTANCE_PORTS: ['18001-19999', '18001,19999'],
  VITRINE_QUOTA_RUNS: ['1', '10000', '0', '10001', '1.5', 'many'],
  VITRINE_CEILING_MEMORY_MB: ['16', '16777216', '15', '16777217'],
  VITRINE_CEILING_CPU: ['0.01', '1024', '0', '1025', 'all'],
  VITRINE_CEILING_OPEN_FILES: ['64', '1048576', '63', '1048577'],
  VITRINE_SANDBOX: ['auto', 'off', 'on'],
  VITRINE_NETWORK: ['all', 'none', 'some'],
  VITRINE_CEILING_NETWORK: ['all', 'none', 'off'],
  VITRINE_MODEL_URLS: ['off', 'public', 'all', 'none'],
  VITRINE_BUILD_NETWORK: ['all', 'registries', 'none', 'some'],
  VITRINE_BUILD_HOSTS: [
    ...['github.com', 'github.com, git.example.com:8443', '10.1.2.3', '[fd00::1]:8443', '[fd00::1]'],
    ...['https://github.com', '*.github.com', 'github.com/x', 'a b:c', '-x', 'a:1234567', 'fd00::1'],
  ],
  VITRINE_SHARED_FOLDERS: ['/models', '/models:/data/more sets', '/', 'models', '/models:', '/models::/x'],
  VITRINE_PYTHON: ['/usr/bin/python3.11'],
  VITRINE_PYTHONS: ['/opt/python/bin/python3:/srv/python3.12', '/', 'python3.12', '/a:'],
  VITRINE_CALLS_DAYS: [
    ...['30', '1', '3650', '7d', '48h', '1d24h', ' 30 ', '1440min', '2 D'],
    ...['0', '3651', '36h', '7w', '1.5', 'd', '-1', '1e2', '7MB', '1d'.repeat(31)],
  ],
  VITRINE_LOG_MAX_MB: [
    ...['10', '10MB', '1GB', '2g', '1024KiB', '1MB1024k', '1048576B', '10.0'],
    ...['0', '10001', '10GB', '1KB', '1.5', '5m5x', '30s', 'MB', '1tb', '0x10'],
  ],
  VITRINE_LOG_LEVEL: ['debug', 'info', 'warn', 'error', 'loud'],
  DATABASE_URL: ['postgres://a@b/c', 'postgresql://a@b/c', 'mysql://a@b/c'],
  REDIS_URL: ['redis://a', 'rediss://a', 'http://a'],
  VITRINE_STORAGE: ['folder', 's3', 'ftp'],
  VITRINE_S3_BUCKET: ['vitrine-media', 'a', 'Media', '../x'],
  AWS_ACCESS_KEY_ID: ['key'],
  AWS_SECRET_ACCESS_KEY: ['secret'],
  AWS_REGION: ['eu-central-1'],
  GITEA_SERVER_URL: ['http://127.0.0.1:3000', 'https://git.example/sub', 'git.example', 'https://a@b'],
  GITEA_ACCESS_TOKEN: ['0123'],
  GITEA_DEFAULT_OWNER: ['team'],
  GITEA_REPO_PREFIX: ['ai-'],
  VITRINE_OIDC_ISSUER: [
    ...['https://id.example', 'https://id.example/realms/team', 'http://127.0.0.1:9', 'http://localhost/x'],
    ...['http://id.example', 'http://localhost.example', 'id.example', 'https://a@b', 'https://a?b'],
  ],
  VITRINE_OIDC_CLIENT_ID: ['vitrine'],
  VITRINE_OIDC_CLIENT_SECRET: ['secret'],
  VITRINE_OIDC_NAME: ['公司账号'],
  VITRINE_OIDC_NEW_PEOPLE: ['none', 'viewer', 'user', 'admin'],
  VITRINE_OIDC_LINK_EMAIL: ['on', 'off', 'yes'],
  VITRINE_OIDC_SCOPE: ['openid', 'openid email groups', 'email openid', 'email', 'openid-email'],
  VITRINE_OIDC_ROLES: [
    ...['leads=admin', 'cn=leads,dc=team=admin; team = user;', '/团队=审核员'],
    ...['leads', 'leads=', '=admin', ' ; ', 'leads=admin;team', 'leads=admin=', ';', '= '],
  ],
  VITRINE_OIDC_GROUPS_CLAIM: ['groups', 'realm_access.roles'],
  VITRINE_OIDC_NO_GROUP: ['none', 'keep', 'viewer', 'user', 'admin'],
  VITRINE_PUSH_POLL_S: ['10', '3600', '9', '3601', '1.5', 'x'],
  AWS_ENDPOINT_URL: ['http://127.0.0.1:9000', 'https://s3.example', 's3.example'],
  VITRINE_PROT: ['8000'],
}

test('there is a rule for each setting of the server, and no other', () => {
  expect(Object.keys(settingRules).sort()).toEqual(Object.keys(settingsSchema.shape).sort())
})

test('the ceilings reach from the least to the greatest limit that an owner can state', () => {
  const { VITRINE_CEILING_MEMORY_MB: memory, ...rest } = table
  const { VITRINE_CEILING_PROCESSES: processes, VITRINE_CEILING_OPEN_FILES: files } = rest
  for (const [rule, { min, max }] of [
    [memory, bounds.memoryMb],
    [processes, bounds.processes],
    [files, bounds.openFiles],
  ] as const)
    expect(rule).toMatchObject({ min, max })
})

const cases = Object.entries(values).flatMap(([name, list]) =>
  ['', ...list].map((value) => ({ name, value })),
)
test.each(cases)('$name=$value is accepted or refused as in the server', ({ name, value }) => {
  const env = { [name]: value }
  expect(settingProblems(env).map(variableOf).sort()).toEqual(refusedByServer(env))
})

test('the folder of the system’s nginx and the command to reload it are set together', () => {
  const env = {
    VITRINE_NGINX_CONF_DIR: '/etc/nginx/conf.d',
    VITRINE_NGINX_RELOAD: `nginx -p '/srv/a b' "-c" x'y'z -s reload`,
  }
  expect(settingProblems(env)).toEqual([])
  expect(parseSettings(env).VITRINE_NGINX_RELOAD).toEqual([
    'nginx',
    '-p',
    '/srv/a b',
    '-c',
    'xyz',
    '-s',
    'reload',
  ])
})

test('what says where a cluster is has no effect without a namespace, and is refused', () => {
  const alone = { VITRINE_KUBERNETES_CONFIG: '/etc/vitrine/kubeconfig', VITRINE_KUBERNETES_CONTEXT: 'a' }
  const names = ['VITRINE_KUBERNETES_CONFIG', 'VITRINE_KUBERNETES_CONTEXT']
  expect(settingProblems(alone).map(variableOf)).toEqual(names)
  expect(refusedByServer(alone)).toEqual(names)
  const together = { ...alone, VITRINE_KUBERNETES_NAMESPACE: 'services' }
  expect([settingProblems(together), refusedByServer(together)]).toEqual([[], []])
})

test('the platform’s own host is not below the domain of the algorithms', () => {
  const within = { VITRINE_APPS_DOMAIN: 'apps.example.com', VITRINE_PUBLIC_URL: 'https://x.APPS.example.com' }
  expect(settingProblems(within).map(variableOf)).toEqual(['VITRINE_APPS_DOMAIN'])
  expect(refusedByServer(within)).toEqual(['VITRINE_APPS_DOMAIN'])
  const beside = { ...within, VITRINE_PUBLIC_URL: 'https://apps.example.com' }
  expect([settingProblems(beside), refusedByServer(beside)]).toEqual([[], []])
})

test('proxies and the public URL are read in one form', () => {
  const settings = parseSettings({
    VITRINE_PUBLIC_URL: 'https://VITRINE.example:443/',
    VITRINE_TRUSTED_PROXIES: '10.1.0.0/16,  FD00::/8,10.1.0.0/16',
  })
  expect([settings.VITRINE_PUBLIC_URL, settings.VITRINE_TRUSTED_PROXIES]).toEqual([
    'https://vitrine.example',
    ['10.1.0.0/16', 'fd00::/8'],
  ])
})

test.each(['0.0.0.0/0', '127.0.0.1, ::/0'])(
  'a start that would trust every client (%s) is refused with a reason',
  (list) => {
    const env = { VITRINE_TRUSTED_PROXIES: list }
    expect(() => readSettings(env)).toThrow(/would trust what every client says|任何客户端都能冒充/)
    expect(() => parseSettings(env)).toThrow(/would trust what every client says/)
  },
)

test('several bad settings are reported together, with the exit code for configuration errors', () => {
  expect(() => readSettings({ VITRINE_PORT: 'x', REDIS_URL: 'y' })).toThrow(
    expect.objectContaining({ exitCode: 78, message: expect.stringMatching(/^VITRINE_PORT.*\nREDIS_URL/) }),
  )
})

test('docs/operations/settings.md lists exactly the existing settings, each with its default', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/operations/settings.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `((?:VITRINE_|DATABASE_|REDIS_|GITEA_|AWS_)\w+)` \| ([^|]*) \|/gm)]
  const documented = Object.fromEntries(
    rows.map(([, name = '', given = '']) => [name, given.replaceAll('`', '')]),
  )
  const defaults = Object.entries(settingsSchema.shape).map(([name, type]) => {
    const value: unknown = type.safeParse(undefined).data
    const isRange = typeof value === 'object' && value !== null && 'first' in value && 'last' in value
    return [name, isRange ? `${value.first}-${value.last}` : String(value ?? '—')]
  })
  expect(documented).toEqual(Object.fromEntries(defaults))
})
