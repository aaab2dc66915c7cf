import { configKeys } from '@vitrine/contract'
import type { LogRotation } from './log-rotation.ts'

/** The rotation of a platform without settings of its own. */
export const usualLogRotation: LogRotation = {
  maxBytes: configKeys['logs.max_mb'].fallback * 1024 ** 2,
  backups: configKeys['logs.backups'].fallback,
}
