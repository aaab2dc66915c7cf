import type { Logger } from 'pino'
import type { ControlLock } from '../adapters/database/control-lock.ts'
import type { Settings } from '../config.ts'
import type { Runners } from '../adapters/process-runner/runners.ts'
import type { AppError } from '../lib/errors.ts'
import type { JobAccounts } from '../lib/job-accounts.ts'
import type { DataPaths } from '../lib/paths.ts'
import type { RunAs } from '../lib/run-command.ts'
import type { SystemUser } from '../lib/system-user.ts'
import type { Words } from '../lib/words.ts'
import type { ApiSocket } from '../lifecycle/api-socket.ts'
import type { InstanceSockets } from '../lifecycle/instance-sockets.ts'
import type { FileValues } from '../modules/config-files/config-file.ts'
import type { Shutdown } from '../lifecycle/shutdown.ts'

/** What opening the drivers needs. */
export type DriverInput = {
  settings: Settings
  /** The folder of the installed project. */
  projectFolder: string
  paths: DataPaths
  /** Variables of the environment that child processes need: PATH and settings of package managers. */
  commandEnv: Readonly<Record<string, string>>
  /** The environment of the platform, and the values of `config.yaml` in the data folder. */
  env: Readonly<Record<string, string | undefined>>
  configFile: FileValues
  /** The control plane's own socket, which the gateway must be able to reach. */
  apiSocket: ApiSocket
  /** The folder with the sockets of instances, which the gateway must be able to reach. */
  instanceSockets: InstanceSockets
  /** Runs all processes in place of the runners of this machine. Null: those of the machine. */
  runner: Runners | null
  /** The lock on the database, if this control plane has it already because it stood by. */
  lock: ControlLock | null
  databaseUser: SystemUser | null
  /** The account of git. Null for the platform's own account. */
  gitAccount: RunAs | null
  /** The accounts of media jobs and checkouts. */
  jobAccounts: JobAccounts
  logger: Logger
  shutdown: Shutdown
  /** Called with what the start is waiting for, if that may take long. */
  onWait: (words: Words) => void
  /** Called when another control plane has taken over the database, so that this one must end. */
  onTaken: (error: AppError) => void
}
