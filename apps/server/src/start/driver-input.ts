import type { Logger } from 'pino'
import type { Settings } from '../config.ts'
import type { AppError } from '../lib/errors.ts'
import type { DataPaths } from '../lib/paths.ts'
import type { SystemUser } from '../lib/system-user.ts'
import type { Words } from '../lib/words.ts'
import type { Shutdown } from '../lifecycle/shutdown.ts'

/** What opening the drivers is given. */
export type DriverInput = {
  settings: Settings
  /** The folder that the project is installed in. */
  projectFolder: string
  paths: DataPaths
  /** Variables of our own environment that children need: PATH and package managers' settings. */
  commandEnv: Readonly<Record<string, string>>
  databaseUser: SystemUser | null
  /** Whom the media tools run as; null for ourselves. */
  mediaUser: SystemUser | null
  logger: Logger
  shutdown: Shutdown
  /** Hears what the start waits for, where that may take a while. */
  onWait: (words: Words) => void
  /** Hears that another control plane has taken the database over: this one has to end. */
  onTaken: (error: AppError) => void
}
