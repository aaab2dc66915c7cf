import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bounds } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { parseSettings, settingsSchema, SettingsError } from '../apps/server/src/config.ts'
import table from '../apps/server/src/modules/quotas/quotas.settings.json' with { type: 'json' }
import { readSettings, settingProblems, settingRules } from './lib/settings.mjs'
import { values } from './settings.test-values.ts'

const variableOf = (problem: string) => /^\w+/.exec(problem)?.[0]

function problemsOfServer(env: Record<string, string>): readonly string[] {
  try {
    parseSettings(env)
    return []
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return error.problems
  }
}

const refusedByServer = (env: Record<string, string>): (string | undefined)[] =>
  [...new Set(problemsOfServer(env).map(variableOf))].sort()

test('there is a rule for each setting of the server, and no other', () => {
  expect(Object.keys(settingRules).sort()).toEqual(Object.keys(settingsSchema.shape).sort())
})

test('the ceilings reach from the least to the greatest limit that an owner can state', () => {
  const { VITRINE_CEILING_MEMORY_MB: memory, ...rest } = table
  const { VITRINE_CEILING_PROCESSES: processes, VITRINE_CEILING_OPEN_FILES: files } = rest
  const { VITRINE_CEILING_GPUS: gpus } = rest
  for (const [rule, { min, max }] of [
    [memory, bounds.memoryMb],
    [processes, bounds.processes],
    [files, bounds.openFiles],
    [gpus, bounds.gpus],
  ] as const)
    expect(rule).toMatchObject({ min, max })
})

const inBothLanguages =
  /^[A-Z][A-Z0-9_]*: [^·]*\p{Script=Han}[^·]* · [^·\p{Script=Han}]*[a-z]{2}[^·\p{Script=Han}]*$/u

test('whatever is wrong with a setting, the server tells it in both languages', () => {
  const all = Object.entries(values).flatMap(([name, list]) =>
    list.flatMap((value) => problemsOfServer({ [name]: value })),
  )
  expect(all.length).toBeGreaterThan(100)
  expect(all.filter((problem) => !inBothLanguages.test(problem))).toEqual([])
})

test.each([
  [
    { VITRINE_LOG_BACKUPS: 'abc' },
    'VITRINE_LOG_BACKUPS: 应为 1–100 之间的整数 · expected a whole number, 1–100',
  ],
  [{ LOGS_BACKUPS: 'abc' }, 'LOGS_BACKUPS: 应为 1–100 之间的整数 · expected a whole number, 1–100'],
  [
    { RUNS_KEEP_PER_SERVICE: '0' },
    'RUNS_KEEP_PER_SERVICE: 应为 1–1000000 之间的整数 · expected a whole number, 1–1000000',
  ],
  [{ RUNS_KEEP_DAYS: '0' }, 'RUNS_KEEP_DAYS: 应在 1d 到 3650d 之间 · must be between 1d and 3650d'],
  [{ MEDIA_ALLOW_URLS: 'perhaps' }, 'MEDIA_ALLOW_URLS: 应为 true 或 false · expected true or false'],
  [
    { DEPLOYMENT_MODE: 'docker' },
    'DEPLOYMENT_MODE: 应为以下之一："auto", "supervisor", "local", "kubernetes" · expected one of "auto", "supervisor", "local", "kubernetes"',
  ],
  [
    { VITRINE_LOG_BACKUP: '3' },
    'VITRINE_LOG_BACKUP: 没有这个设置项，最接近的是 VITRINE_LOG_BACKUPS · there is no such setting; the nearest is VITRINE_LOG_BACKUPS',
  ],
])('%o is told with what is allowed, under the name that was given', (env, said) => {
  expect(problemsOfServer(env)).toEqual([said])
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

test('the settings of a cluster have no effect without a namespace, and are refused', () => {
  const alone = { VITRINE_KUBERNETES_CONFIG: '/etc/vitrine/kubeconfig', VITRINE_KUBERNETES_CONTEXT: 'a' }
  const names = ['VITRINE_KUBERNETES_CONFIG', 'VITRINE_KUBERNETES_CONTEXT']
  expect(settingProblems(alone).map(variableOf)).toEqual(names)
  expect(refusedByServer(alone)).toEqual(names)
  const together = { ...alone, VITRINE_KUBERNETES_NAMESPACE: 'services' }
  expect([settingProblems(together), refusedByServer(together)]).toEqual([[], []])
})

test('certificates are for a Docker on a port', () => {
  const alone = { VITRINE_DOCKER_CERTS: '/etc/vitrine/docker' }
  for (const env of [alone, { ...alone, VITRINE_DOCKER_HOST: 'unix:///var/run/docker.sock' }]) {
    expect(settingProblems(env).map(variableOf)).toEqual(['VITRINE_DOCKER_CERTS'])
    expect(refusedByServer(env)).toEqual(['VITRINE_DOCKER_CERTS'])
  }
  const onPort = { ...alone, VITRINE_DOCKER_HOST: 'tcp://127.0.0.1:2376' }
  expect([settingProblems(onPort), refusedByServer(onPort)]).toEqual([[], []])
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
