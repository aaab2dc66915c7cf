import { dropRoot } from '../../adapters/process-runner/resource-limits/resource-limits.ts'
import { runCommand, type Command, type CommandResult, type RunAs } from '../../lib/run-command.ts'
import { reachablePaths } from '../../lib/sandbox/reachable.ts'
import type { Sandbox } from '../../lib/sandbox/sandbox.ts'
import type { NetworkWay } from '../build-network/build-network.ts'

/** How package managers are run. Packages contain their own install code, so it is hostile. */
export type CommandSettings = {
  /** Environment variables that package managers need: PATH, proxies, registries. */
  commandEnv: Readonly<Record<string, string>>
  /** The account that runs package managers. Null for the platform's own. */
  account: RunAs | null
  /** Groups that the account is in besides its own. */
  groups?: readonly number[]
  sandbox: Sandbox
  /** How they reach the network. */
  way: NetworkWay
  /** Returns a command with the limits of the build. */
  limit: (command: Command) => Promise<Command>
  /** How long each command may take, in milliseconds. */
  timeoutMs: number
  /** How long each may print nothing, in milliseconds, unless a call states its own time. Without it, as long as it may take. */
  silenceMs?: number
  /** What they see in the sandbox in addition to the system and their own folders. They can only read it. */
  read: readonly string[]
}

/** The folders of a build, which can write nowhere else. `home` is also where its commands run. */
export type BuildFolders = { home: string; temporary: string }

/**
 * Runs a command in one folder, or in another one that it can see, as the account of the settings. The environment variables are those of the
 * package managers unless others are given; it may take as long as they unless another time is given.
 */
export type RunInFolder = (
  command: Pick<Command, 'file' | 'args'> &
    Partial<Pick<Command, 'env' | 'cwd'>> & {
      /** What it sees in the sandbox besides. Nothing that a package names may be among it. */
      read?: readonly string[]
      timeoutMs?: number
      /** Gets each line that it prints, besides the log. */
      onLine?: (line: string) => void
      /** Ends it, besides the end of the build. */
      signal?: AbortSignal
      /** For a command that only answers a question: how many lines of its answer are kept. They do not go into the log. */
      answerLines?: number
    },
) => Promise<CommandResult>

/** Where package managers read the settings of the machine. */
const machineSettings = ['/etc/pip.conf', '/etc/xdg/pip', '/etc/npmrc', '/etc/gitconfig']

/**
 * The paths that environment variables name, such as certificates, settings, and folders with packages. Only for variables of the
 * machine: whatever a path of them leads to, builds can read. Pure.
 */
export function namedPaths(env: Readonly<Record<string, string>>): string[] {
  const named = Object.entries(env).filter(([name]) => name !== 'PATH')
  return named.flatMap(([, value]) => value.split(/\s+/)).filter((word) => /^\/./.test(word))
}

/** Returns the command that becomes the account in these groups first. Its variables are the platform's own until then. */
function inGroups({ runAs, file, args, ...command }: Command, groups: readonly number[]): Command {
  if (!runAs || groups.length === 0) return { ...command, file, args, ...(runAs && { runAs }) }
  const [program = '', ...rest] = dropRoot({ ...runAs, groups }, [file, ...args])
  return { ...command, file: program, args: rest }
}

/** Creates a function that runs commands in the folders of a build. */
export const runIn =
  (
    settings: CommandSettings,
    folders: BuildFolders,
    { signal, onLine }: { signal?: AbortSignal; onLine?: (line: string) => void } = {},
  ): RunInFolder =>
  async ({ answerLines, read = [], onLine: follow, signal: stop, ...given }) => {
    const { account, groups = [], sandbox, way, limit } = settings
    const { timeoutMs = settings.timeoutMs, ...own } = given
    const env = given.env ?? settings.commandEnv
    const command: Command = {
      cwd: folders.home,
      ...own,
      env: { ...env, HOME: folders.home, TMPDIR: folders.temporary },
      ...(account && { runAs: account }),
    }
    // Folders that a build may write to, such as the cache of a package manager, do not become read-only by being named.
    const written = [folders.home, folders.temporary]
    const isWritten = (path: string) => written.some((folder) => `${path}/`.startsWith(`${folder}/`))
    // Not those of the variables that were given: some of them say what a file of the package says.
    const named = [...namedPaths(settings.commandEnv), ...read].filter((path) => !isWritten(path))
    const wanted = [...settings.read, ...machineSettings, ...named]
    const wantedView = { read: wanted, write: written }
    const led = way.lead(command, wantedView)
    const view = { ...led.view, read: await reachablePaths(led.view.read, account && { ...account, groups }) }
    const both = (line: string) => {
      onLine?.(line)
      follow?.(line)
    }
    const options = {
      timeoutMs,
      ...(given.timeoutMs === undefined && settings.silenceMs && { silenceMs: settings.silenceMs }),
      ...((signal ?? stop) && { signal: AbortSignal.any([signal, stop].filter((one) => one !== undefined)) }),
      ...(answerLines === undefined
        ? (onLine ?? follow) && { onStdout: both, onStderr: both }
        : { keepLines: answerLines }),
    }
    return runCommand(await limit(inGroups(await sandbox.wrap(led.command, view), groups)), options)
  }
