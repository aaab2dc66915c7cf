import { runCommand, type Command, type CommandResult } from '../../lib/run-command.ts'
import type { SystemUser } from '../../lib/system-user.ts'

/** As what package managers run. */
export type CommandSettings = {
  /** Environment variables that package managers need: PATH, proxies, registries. */
  commandEnv: Readonly<Record<string, string>>
  /** Who runs package managers, since packages bring their own install code; null for ourselves. */
  user: SystemUser | null
}

/** Runs a command in one folder, as the low-privilege user where the platform is root, with the package managers' environment or another. */
export type RunInFolder = (
  command: Pick<Command, 'file' | 'args'> & Partial<Pick<Command, 'env'>>,
) => Promise<CommandResult>

/** Long enough for a large download on a slow line. */
const installTimeoutMs = 60 * 60 * 1000

/** What runs commands in a folder, which is their home too. */
export const runIn =
  (settings: CommandSettings, cwd: string, signal?: AbortSignal): RunInFolder =>
  (command) =>
    runCommand(
      {
        ...command,
        cwd,
        env: { ...(command.env ?? settings.commandEnv), HOME: cwd },
        ...(settings.user && { runAs: { uid: settings.user.uid, gid: settings.user.gid } }),
      },
      { timeoutMs: installTimeoutMs, ...(signal && { signal }) },
    )
