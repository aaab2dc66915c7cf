import { join } from 'node:path'
import type { Logger } from 'pino'
import { logKeeper, type LogKeeper } from '../adapters/log-files/log-keeper.ts'
import type { LogRotation } from '../adapters/log-files/log-rotation.ts'
import type { DataPaths } from '../lib/paths.ts'

/**
 * When the logs of the platform's own programs are rotated. Strangers make some of these lines: nginx writes one for each request that
 * it refuses. So they must not take the disk, which is that of the database.
 */
const usualRotation: LogRotation = {
  maxBytes: 10 * 1024 ** 2,
  backups: 3,
  mostBytes: 200 * 1024 ** 2,
}

/** The logs of the platform's own programs. The access log and those of services are rotated by others. */
const logsOf = ({ platformLogs, postgres }: DataPaths): string[] => [
  `${postgres}.log`,
  ...['control-plane.log', 'gateway.log', 'nginx.log'].map((name) => join(platformLogs, name)),
]

/** Rotates the logs of the platform's own programs while these write to them. */
export const platformLogKeeper = (
  paths: DataPaths,
  logger: Pick<Logger, 'error'>,
  rotation = usualRotation,
): LogKeeper =>
  logKeeper({
    rotation,
    paths: () => logsOf(paths),
    onError: (error) => logger.error({ err: error }, 'a log of the platform could not be rotated'),
  })
