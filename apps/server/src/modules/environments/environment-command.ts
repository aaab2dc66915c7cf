import { runCommand, type Command, type CommandResult, type RunAs } from '../../lib/run-command.ts'
import { reachablePaths } from '../../lib/sandbox/reachable.ts'
import type { Sandbox } from '../../lib/sandbox/sandbox.ts'

/** How package managers are run. Packages contain their own install code, so it is hostile. */
export type CommandSettings = {
  /** Environment variables that package managers need: PATH, proxies, registries. */
  commandEnv: Readonly<Record<string, string>>
  /** The account that runs package managers. Null for the platform's own. */
  account: RunAs | null
  sandbox: Sandbox
  /** Returns a command with the limits of the build. */
  limit: (command: Command) => Promise<Command>
  /** What they see in the sandbox besides the system and their own folders. They can only read it. */
  read: readonly string[]
}

/** The folders of a build, which can write nowhere else. `home` is also where its commands run. */
export type BuildFolders = { home: string; temporary: string }

/**
 * Runs a command in one folder, as the account of the settings. The environment variables are those of the
 * package managers unless others are given.
 */
export type RunInFolder = (
  command: Pick<Command, 'file' | 'args'> & Partial<Pick<Command, 'env'>>,
) => Promise<CommandResult>

/** Long enough for a large download over a slow connection. */
const installTimeoutMs = 60 * 60 * 1000

/** Where package managers read the settings of the machine. */
const machineSettings = ['/etc/pip.conf', '/etc/xdg/pip', '/etc/npmrc', '/etc/gitconfig']

/** The paths that environment variables name, such as certificates, settings, and folders with packages. Pure. */
export function namedPaths(env: Readonly<Record<string, string>>): string[] {
  const named = Object.entries(env).filter(([name]) => name !== 'PATH')
  return named.flatMap(([, value]) => value.split(/\s+/)).filter((word) => /^\/./.test(word))
}

/** Creates a function that runs commands in the folders of a build. */
export const runIn =
  (settings: CommandSettings, folders: BuildFolders, signal?: AbortSignal): RunInFolder =>
  async (given) => {
    const { account, sandbox, limit } = settings
    const env = given.env ?? settings.commandEnv
    const command: Command = {
      ...given,
      cwd: folders.home,
      env: { ...env, HOME: folders.home, TMPDIR: folders.temporary },
      ...(account && { runAs: account }),
    }
    const wanted = [...settings.read, ...machineSettings, ...namedPaths(env)]
    const view = {
      read: await reachablePaths(wanted, account),
      write: [folders.home, folders.temporary],
    }
    const options = { timeoutMs: installTimeoutMs, ...(signal && { signal }) }
    return runCommand(await limit(await sandbox.wrap(command, view)), options)
  }
