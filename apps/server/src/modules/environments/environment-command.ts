import { runCommand, type Command, type CommandResult, type RunAs } from '../../lib/run-command.ts'

/** How package managers are run. */
export type CommandSettings = {
  /** Environment variables that package managers need: PATH, proxies, registries. */
  commandEnv: Readonly<Record<string, string>>
  /**
   * The account that runs package managers, because packages contain their own install code. Null for the
   * platform's own.
   */
  account: RunAs | null
}

/**
 * Runs a command in one folder, as the account of the settings. The environment variables are those of the
 * package managers unless others are given.
 */
export type RunInFolder = (
  command: Pick<Command, 'file' | 'args'> & Partial<Pick<Command, 'env'>>,
) => Promise<CommandResult>

/** Long enough for a large download over a slow connection. */
const installTimeoutMs = 60 * 60 * 1000

/** Creates a function that runs commands in a folder, which is also their home. */
export const runIn =
  (settings: CommandSettings, cwd: string, signal?: AbortSignal): RunInFolder =>
  (command) =>
    runCommand(
      {
        ...command,
        cwd,
        env: { ...(command.env ?? settings.commandEnv), HOME: cwd },
        ...(settings.account && { runAs: settings.account }),
      },
      { timeoutMs: installTimeoutMs, ...(signal && { signal }) },
    )
