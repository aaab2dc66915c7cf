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
  /** Installs what the project lists; `all` also for development. */
  install: (all: boolean) => ManagerCommand[]
  /** Removes what is for development only. */
  prune: ManagerCommand[]
  /** Runs a script of the project. */
  script: (name: string) => ManagerCommand
}

type Tools = { npm: string; registry: string | null; temporary: string }

const quiet = ['--no-audit', '--no-fund', '--no-update-notifier']

const npmCommands = (lock: string | null, { npm, temporary }: Tools): ManagerCommands => {
  const command = (...args: string[]) => ({ file: npm, args: [...args, ...quiet], words: `npm ${args[0]}` })
  return {
    distribution: null,
    folder: temporary,
    env: {},
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
  { registry, temporary }: Tools,
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
      ...(registry !== null && { npm_config_registry: registry }),
    },
    install: (all) => [command('install', ...frozen, ...(all ? ['--prod=false'] : ['--prod']))],
    prune: [command('install', '--prod', '--ignore-scripts', '--offline', ...frozen)],
    script: (name) => command('run', name),
  }
}

const classicCommands = (
  version: string,
  lock: string | null,
  { registry, temporary }: Tools,
): ManagerCommands => {
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
    env: { YARN_IGNORE_PATH: '1', ...(registry !== null && { npm_config_registry: registry }) },
    install: (all) => [command('install', ...frozen, `--production=${!all}`)],
    prune: [command('install', ...frozen, '--production=true', '--ignore-scripts', '--prefer-offline')],
    script: (name) => ({ file, args: ['run', name], words: `yarn run ${name}` }),
  }
}

/** Yarn after version 1. Its packages are put into `node_modules`, because a release has no other way to them. */
const berryCommands = (
  version: string,
  lock: string | null,
  { registry, temporary }: Tools,
): ManagerCommands => {
  const { folder, file } = installed(temporary, 'yarn')
  const command = (...args: string[]) => ({ file, args, words: `yarn ${args.join(' ')}` })
  const whole = command('install', lock === null ? '--no-immutable' : '--immutable')
  // Yarn 2 and 3 need a plugin for this, so their development dependencies stay.
  const production =
    Number.parseInt(version) >= 4 ? [command('workspaces', 'focus', '--all', '--production')] : null
  return {
    distribution: `@yarnpkg/cli-dist@${version}`,
    folder,
    env: {
      YARN_IGNORE_PATH: '1',
      YARN_NODE_LINKER: 'node-modules',
      YARN_ENABLE_TELEMETRY: '0',
      YARN_ENABLE_GLOBAL_CACHE: 'true',
      ...(registry !== null && { YARN_NPM_REGISTRY_SERVER: registry }),
    },
    install: (all) => (all || lock === null || production === null ? [whole] : production),
    prune: production ?? [],
    script: (name) => command('run', name),
  }
}

/** How a package manager is run. `registry` is where it gets packages, null for its usual one. Pure. */
export function managerCommands(manager: PackageManager, tools: Tools): ManagerCommands {
  if (manager.name === 'npm') return npmCommands(manager.lock, tools)
  const make = { pnpm: pnpmCommands, 'yarn-classic': classicCommands, yarn: berryCommands }[manager.name]
  return make(manager.version, manager.lock, tools)
}
