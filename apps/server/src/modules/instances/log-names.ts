import { join } from 'node:path'
import type { DataPaths } from '../../lib/paths.ts'

/**
 * Whose log it is. Two instances of one replica live at once while one takes the other's place; each then has log files of its own,
 * told apart by `logPart`: two writers of one file would cut each other's lines, and set it aside under each other. Absent: ''.
 */
export type LogOwner = { serviceId: string; replica: number; logPart?: string }

/** The log files of an instance: of its replica, the second and later ones with their number, and its part. Pure. */
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

/** Whose log a file in the folder of logs is, also one that was set aside; null for other files. Pure. */
export function ownerOfLog(name: string): Required<LogOwner> | null {
  const { serviceId, replica = '1', logPart = '' } = logName.exec(name)?.groups ?? {}
  return serviceId === undefined ? null : { serviceId, replica: Number(replica), logPart }
}

/** The first part that none of a replica's other instances has. There are two as a rule, used by turns. Pure. */
export function freeLogPart(taken: readonly string[]): string {
  if (!taken.includes('')) return ''
  let number = 1
  while (taken.includes(`b${number}`)) number += 1
  return `b${number}`
}

/** The part of an instance that runs for a while beside those that serve. Pure. */
export const temporaryLogPart = (release: number): string => `c${release}`
