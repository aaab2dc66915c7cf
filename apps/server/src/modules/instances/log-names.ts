import { join } from 'node:path'
import type { DataPaths } from '../../lib/paths.ts'

/**
 * The owner of a log. While one instance replaces another, two instances of one replica run at once. Each
 * then has separate log files, distinguished by `logPart`, because two writers of one file would mix their
 * lines and rotate it while the other writes. Absent means ''.
 */
export type LogOwner = { serviceId: string; replica: number; logPart?: string }

/**
 * The log files of an instance. Their names contain its service, the number of its replica from the second
 * one on, and its part. Pure.
 */
export function logFilesOf(
  paths: Pick<DataPaths, 'serviceLogs'>,
  { serviceId, replica, logPart = '' }: LogOwner,
): { stdoutLog: string; stderrLog: string } {
  const name = [serviceId, ...(replica === 1 ? [] : [replica]), ...(logPart === '' ? [] : [logPart])].join(
    '.',
  )
  return {
    stdoutLog: join(paths.serviceLogs, `${name}.log`),
    stderrLog: join(paths.serviceLogs, `${name}_error.log`),
  }
}

const logName =
  /^(?<serviceId>[a-z0-9-]+)(\.(?<replica>\d+))?(\.(?<logPart>[bc]\d+))?(_error)?\.log(\.(\d+|rotating))?$/

/** The owner of a file in the log folder, also of a rotated one. Null for other files. Pure. */
export function ownerOfLog(name: string): Required<LogOwner> | null {
  const { serviceId, replica = '1', logPart = '' } = logName.exec(name)?.groups ?? {}
  return serviceId === undefined ? null : { serviceId, replica: Number(replica), logPart }
}

/** The first part that no other instance of the replica uses. There are usually two, used alternately. Pure. */
export function freeLogPart(taken: readonly string[]): string {
  if (!taken.includes('')) return ''
  let number = 1
  while (taken.includes(`b${number}`)) number += 1
  return `b${number}`
}

/** The log part of a temporary instance. Pure. */
export const temporaryLogPart = (release: number): string => `c${release}`
