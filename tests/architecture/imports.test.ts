import { describe, expect, test } from 'vitest'
import { filesBelow, importsOf, isForTests, type Import, type SourceFile } from './source-files.ts'

const server = filesBelow('apps/server/src').filter((file) => !isForTests(file))
const inServer = (folder: string) => server.filter(({ path }) => path.startsWith(`apps/server/src/${folder}`))

const isOurs = ({ from }: Import) => /^(packages|apps|runtimes|examples|tests|scripts)\//.test(from)
const isOtherWorkspace = ({ from }: Import) => /^@vitrine\/(?!contract(\/|$))/.test(from)

/** Imports of our own code from outside these folders, as `file → import`. */
function importsBeyond(files: readonly SourceFile[], ...folders: string[]): string[] {
  return files.flatMap((file) =>
    importsOf(file)
      .filter(
        (one) => isOtherWorkspace(one) || (isOurs(one) && !folders.some((each) => one.from.startsWith(each))),
      )
      .map((one) => `${file.path} → ${one.from}`),
  )
}

const lib = 'apps/server/src/lib/'
const adapters = 'apps/server/src/adapters/'
const http = 'apps/server/src/http/'
const modules = 'apps/server/src/modules/'

/** The files of modules that read requests or write answers, and are no routes themselves. Each of them imports HTTP. */
const speakingHttp = [
  'audit/audit.hook.ts',
  'auth/credentials/authenticate.ts',
  'auth/credentials/cookies.ts',
  'comparisons/comparisons.events.ts',
  'configs/changes/changed-answer.ts',
  'git-host/repository-route.ts',
  'quotas/git-queues.ts',
  'quotas/reading-memory.ts',
  'runs/reading/read-run.ts',
  'runs/reading/send-events.ts',
  'runs/reading/send-file.ts',
  'shares/shares.preview.ts',
  'shares/shares.requests.ts',
  'sources/receive-upload.ts',
]
/**
 * The files that create drivers. A file that has the name of its folder, such as `object-store.ts`, has the interface of
 * the drivers.
 */
const drivers = inServer('adapters/')
  .map(({ path }) => path)
  .filter((path) => /(\.driver|-(runner|store|code-host|postgres))\.ts$/.test(path))
  .filter((path) => !/\/([\w-]+)\/\1\.ts$/.test(path))
/**
 * `drivers` opens all drivers. Those with more to decide have a file of their own: whether a database is embedded,
 * which gateway there is, whether there is a Docker daemon or a cluster.
 */
const creatingDrivers = ['database', 'docker', 'drivers', 'gateway', 'kubernetes', 'media-tools']
const moduleOf = (path: string) => /^apps\/server\/src\/modules\/([^/]+)\//.exec(path)?.[1]

describe('dependencies go in one direction', () => {
  test('the contract imports nothing of our own code', () => {
    const files = filesBelow('packages/contract/src')
    expect(importsBeyond(files, 'packages/contract/src/')).toEqual([])
    expect(files.flatMap(importsOf).filter(({ from }) => from.startsWith('@vitrine/'))).toEqual([])
  })

  test('the pages import only themselves and the contract', () => {
    expect(importsBeyond(filesBelow('apps/web/src'), 'apps/web/src/')).toEqual([])
  })

  test('loaded pages import values from parts of the contract, because its index loads all schemas', () => {
    const files = filesBelow('apps/web/src', ['.ts', '.vue']).filter((file) => !isForTests(file))
    const offences = files.filter((file) =>
      importsOf(file).some(({ from, typesOnly }) => from === '@vitrine/contract' && !typesOnly),
    )
    expect(offences.map(({ path }) => path)).toEqual([])
  })

  test('the gateway imports only itself and the contract', () => {
    const files = filesBelow('apps/gateway/src').filter((file) => !isForTests(file))
    expect(importsBeyond(files, 'apps/gateway/src/')).toEqual([])
  })

  test('the Node runtime imports only itself, the contract, and the texts that it shares with the Python runtime', () => {
    const files = filesBelow('runtimes/node/src').filter((file) => !isForTests(file))
    const beyond = importsBeyond(files, 'runtimes/node/src/')
    expect(beyond.filter((one) => !/→ runtimes\/python\/vitrine_runtime\/[\w-]+\.json$/.test(one))).toEqual(
      [],
    )
  })

  test('lib imports only itself and the contract', () => {
    expect(importsBeyond(inServer('lib/'), lib)).toEqual([])
  })

  test('adapters import lib but no module, except for the list of all tables', () => {
    const files = inServer('adapters/').filter(({ path }) => path !== `${adapters}database/tables.ts`)
    expect(importsBeyond(files, lib, adapters)).toEqual([])
  })

  test('modules import adapters, lib, HTTP and each other, but nothing about the start and end of the process', () => {
    expect(importsBeyond(inServer('modules/'), lib, adapters, http, modules)).toEqual([])
  })

  test('of the modules, only routes and the few files that speak HTTP for them import HTTP', () => {
    const importing = inServer('modules/').filter((file) =>
      importsOf(file).some(({ from }) => from.startsWith(http)),
    )
    const others = importing.map(({ path }) => path).filter((path) => !path.endsWith('.routes.ts'))
    expect(importing.length).toBeGreaterThan(others.length)
    expect(others.map((path) => path.slice(modules.length))).toEqual(speakingHttp)
  })

  test('a module’s tables are private: others refer to them only in their tables, and join them only in their repositories', () => {
    const offences = inServer('modules/').flatMap((file) =>
      importsOf(file)
        .filter(({ from, typesOnly }) => from.endsWith('.tables.ts') && !typesOnly)
        .filter(
          ({ from }) =>
            moduleOf(from) !== moduleOf(file.path) && !/\.(tables|repository)\.ts$/.test(file.path),
        )
        .map(({ from }) => `${file.path} → ${from}`),
    )
    expect(offences).toEqual([])
  })

  test('only the composition root creates a module’s repository, and others import only its type', () => {
    const files = inServer('modules/').filter(({ path }) => !path.endsWith('.assembly.ts'))
    const offences = files.flatMap((file) =>
      importsOf(file)
        .filter(({ from, typesOnly }) => from.endsWith('.repository.ts') && !typesOnly)
        .filter(({ from }) => moduleOf(from) !== moduleOf(file.path))
        .map(({ from }) => `${file.path} → ${from}`),
    )
    expect(offences).toEqual([])
  })

  test.each(['algorithms', 'gitea'])(
    'what the use cases of %s need is handed to them, and no other module takes anything out of it',
    (name) => {
      const taking = [
        `\\b${name}\\.\\w+\\.\\w`,
        `\\bdeps\\.${name}\\.\\w`,
        `\\} = deps\\.${name}$`,
        `\\{ ${name}: \\{ \\w+[ ,]`,
      ]
      const takes = new RegExp(taking.join('|'))
      const offences = inServer('modules/')
        .filter(({ path }) => moduleOf(path) !== name)
        .flatMap(({ path, text }) => text.split('\n').map((line) => `${path}: ${line}`))
        .filter((line) => !line.includes(" from '") && takes.test(line))
      expect(offences).toEqual([])
    },
  )

  test('drivers are created only where the process starts', () => {
    expect(drivers.length).toBeGreaterThan(12)
    const creating = server
      .filter(({ path }) => !path.startsWith(adapters))
      .filter((file) => importsOf(file).some(({ from, typesOnly }) => drivers.includes(from) && !typesOnly))
    expect(creating.map(({ path }) => path)).toEqual(
      creatingDrivers.map((name) => `apps/server/src/start/${name}.ts`),
    )
  })
})

describe('each kind of effect has a single place', () => {
  test('only lib/run-command starts processes', () => {
    const spawning = [...server, ...filesBelow('apps/gateway/src')]
      .filter((file) => !isForTests(file))
      .filter((file) => importsOf(file).some(({ from }) => /^(node:)?(child_process|cluster)$/.test(from)))
    expect(spawning.map(({ path }) => path)).toEqual([`${lib}run-command.ts`])
  })

  test('tests end processes through tests/support/signals, so that a missing pid cannot end the test run itself', () => {
    const raw = ['apps', 'packages', 'runtimes', 'scripts', 'tests']
      .flatMap((folder) => filesBelow(folder))
      .filter((file) => isForTests(file) || file.path.startsWith('tests/'))
      .filter((file) => /process\.kill\((?!process\.pid)/.test(file.text))
    expect(raw.map(({ path }) => path)).toEqual(['tests/support/signals.ts'])
  })

  test('only the programs of the server read the environment, and all other code gets its settings', () => {
    const reading = server.filter(({ text }) => text.includes('process.env'))
    expect(reading.map(({ path }) => path).sort()).toEqual([
      'apps/server/src/main.ts',
      'apps/server/src/migrate.ts',
      'apps/server/src/root.ts',
      'apps/server/src/verify-audit.ts',
    ])
  })
})
