import { join } from 'node:path'
import type { Command } from '../../lib/run-command.ts'
import type { PackageManager } from '../node-projects/package-manager.ts'

/** A command of a package manager. `words` are how people write it. */
type ManagerCommand = Pick<Command, 'file' | 'args'> & { words: string }

/** How a package manager does what a build needs. */
export type ManagerCommands = {
  /** What npm installs to have it, in a folder. Null if the machine has it. */
  distribution: string | null
  folder: string
  env: Record<string, string>
  /** What is done before the first command of the project, and after the last. */
  before: ManagerCommand[]
  after: ManagerCommand[]
  /** Installs what the project lists; `all` also for development. */
  install: (all: boolean) => ManagerCommand[]
  /** Removes what is for development only. */
  prune: ManagerCommand[]
  /** Runs a script of the project. */
  script: (name: string) => ManagerCommand
}

/** What npm's settings say of the registry: those of the machine, and those of the project's `.npmrc`. */
export type RegistryAccess = {
  /** Null for the usual one of the package manager. */
  registry: string | null
  /** A file with the certificates that it is checked by. */
  caFile: string | null
  /** Whether its certificate is checked. */
  isChecked: boolean
}

type Tools = { npm: string; node: string; access: RegistryAccess; temporary: string }

const quiet = ['--no-audit', '--no-fund', '--no-update-notifier']

const npmCommands = (
  { lock, oldPeers }: PackageManager & { name: 'npm' },
  { npm, temporary }: Tools,
): ManagerCommands => {
  // Such a lock may have versions that contradict each other, which newer ones refuse.
  const peers = oldPeers === true ? ['--legacy-peer-deps'] : []
  const command = (...args: string[]) => ({
    file: npm,
    args: [...args, ...peers, ...quiet],
    words: `npm ${args[0]}`,
  })
  return {
    distribution: null,
    folder: temporary,
    env: {},
    before: [],
    after: [],
    install: (all) => [
      command(lock === null ? 'install' : 'ci', all ? '--include=dev' : '--omit=dev', '--prefer-offline'),
    ],
    prune: [command('prune', '--omit=dev')],
    script: (name) => ({ file: npm, args: ['run', name], words: `npm run ${name}` }),
  }
}

/** Where npm installs a package manager, and its program. */
function installed(temporary: string, program: string) {
  const folder = join(temporary, 'manager')
  return { folder, file: join(folder, 'node_modules', '.bin', program) }
}

const pnpmCommands = (
  version: string,
  lock: string | null,
  { access, temporary }: Tools,
): ManagerCommands => {
  const { folder, file } = installed(temporary, 'pnpm')
  const command = (...args: string[]) => ({ file, args, words: `pnpm ${args.join(' ')}` })
  const frozen = lock === null ? ['--no-frozen-lockfile'] : ['--frozen-lockfile']
  return {
    distribution: `pnpm@${version}`,
    folder,
    env: {
      CI: 'true',
      npm_config_manage_package_manager_versions: 'false',
      // npm warns of it.
      npm_config_store_dir: join(temporary, 'pnpm'),
      ...(access.registry !== null && { npm_config_registry: access.registry }),
    },
    before: [],
    after: [],
    install: (all) => [command('install', ...frozen, ...(all ? ['--prod=false'] : ['--prod']))],
    prune: [command('install', '--prod', '--ignore-scripts', '--offline', ...frozen)],
    script: (name) => command('run', name),
  }
}

/**
 * Yarn 1 fetches a locked package from the address in its lock file, also where packages come from another registry. This
 * replaces the addresses of the two public registries by that registry, as npm does itself, and restores the file afterwards.
 */
const leadLock = `const { copyFileSync, readFileSync, writeFileSync } = require('node:fs')
const [, lock, kept, registry] = process.argv
copyFileSync(lock, kept)
const text = readFileSync(lock, 'utf8')
const at = /^(  resolved "?)https?:\\/\\/registry\\.(?:yarnpkg\\.com|npmjs\\.org)\\//gm
writeFileSync(lock, text.replace(at, (_all, before) => before + registry.replace(/\\/*$/, '/')))`
const putLockBack = `const [, lock, kept] = process.argv
require('node:fs').copyFileSync(kept, lock)`

/** Leads the addresses in a lock file of Yarn 1 to the registry that is set, and puts the file back. */
function lockCommands(lock: string | null, { node, access, temporary }: Tools) {
  if (lock === null || access.registry === null) return { before: [], after: [] }
  const kept = join(temporary, 'lock-as-it-was')
  const command = (script: string, ...args: string[]) => [
    { file: node, args: ['-e', script, lock, kept, ...args], words: lock },
  ]
  return { before: command(leadLock, access.registry), after: command(putLockBack) }
}

const classicCommands = (version: string, lock: string | null, tools: Tools): ManagerCommands => {
  const { access, temporary } = tools
  const { folder, file } = installed(temporary, 'yarn')
  const command = (...args: string[]) => ({
    file,
    args: [...args, '--non-interactive'],
    words: `yarn ${args.join(' ')}`,
  })
  const frozen = lock === null ? ['--no-lockfile'] : ['--frozen-lockfile']
  return {
    distribution: `yarn@${version}`,
    folder,
    env: {
      YARN_IGNORE_PATH: '1',
      ...(access.registry !== null && { npm_config_registry: access.registry }),
      ...(!access.isChecked && { npm_config_strict_ssl: 'false' }),
    },
    ...lockCommands(lock, tools),
    install: (all) => [command('install', ...frozen, `--production=${!all}`)],
    prune: [command('install', ...frozen, '--production=true', '--ignore-scripts', '--prefer-offline')],
    script: (name) => ({ file, args: ['run', name], words: `yarn run ${name}` }),
  }
}

/** The settings of the registry for Yarn after version 1, which reads no settings of npm. */
const berryAccess = (
  isNew: boolean,
  { registry, caFile, isChecked }: RegistryAccess,
): Record<string, string> => ({
  ...(registry !== null && { YARN_NPM_REGISTRY_SERVER: registry }),
  // It asks without encryption only where this is allowed.
  ...(registry?.startsWith('http:') && { YARN_UNSAFE_HTTP_WHITELIST: new URL(registry).hostname }),
  // Yarn 2 and 3 do not use their own setting for this through a proxy.
  ...(caFile !== null && { [isNew ? 'YARN_HTTPS_CA_FILE_PATH' : 'NODE_EXTRA_CA_CERTS']: caFile }),
  ...(!isChecked && { YARN_ENABLE_STRICT_SSL: 'false' }),
})

/** Yarn after version 1. Its packages are put into `node_modules`, because a release has no other way to them. */
const berryCommands = (
  version: string,
  lock: string | null,
  { access, temporary }: Tools,
): ManagerCommands => {
  const { folder, file } = installed(temporary, 'yarn')
  const command = (...args: string[]) => ({ file, args, words: `yarn ${args.join(' ')}` })
  const whole = command('install', lock === null ? '--no-immutable' : '--immutable')
  const isNew = Number.parseInt(version) >= 4
  // Yarn 2 and 3 need a plugin for this, so their development dependencies stay.
  const production = isNew ? [command('workspaces', 'focus', '--all', '--production')] : null
  return {
    distribution: `@yarnpkg/cli-dist@${version}`,
    folder,
    env: {
      YARN_IGNORE_PATH: '1',
      YARN_NODE_LINKER: 'node-modules',
      YARN_ENABLE_TELEMETRY: '0',
      YARN_ENABLE_GLOBAL_CACHE: 'true',
      ...berryAccess(isNew, access),
    },
    before: [],
    after: [],
    install: (all) => (all || lock === null || production === null ? [whole] : production),
    prune: production ?? [],
    script: (name) => command('run', name),
  }
}

/** How a package manager is run. Pure. */
export function managerCommands(manager: PackageManager, tools: Tools): ManagerCommands {
  if (manager.name === 'npm') return npmCommands(manager, tools)
  const make = { pnpm: pnpmCommands, 'yarn-classic': classicCommands, yarn: berryCommands }[manager.name]
  return make(manager.version, manager.lock, tools)
}
