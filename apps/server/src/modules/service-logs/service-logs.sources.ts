import { readdir } from 'node:fs/promises'
import type { LogFilter } from '@vitrine/contract'
import type { LogSource } from '../../adapters/log-files/log-search.ts'
import { ifThere } from '../../lib/if-there.ts'
import type { DataPaths } from '../../lib/paths.ts'
import type { Mask } from '../configs/secrets/mask-of.ts'
import { logFilesOf, ownerOfLog } from '../instances/log-names.ts'

const namesIn = async (folder: string): Promise<string[]> => (await ifThere(readdir(folder))) ?? []

/**
 * The logs that a filter selects: of every replica with log files, and of the first replica even without.
 * Standard output first; logs of one replica next to each other.
 */
export async function logSourcesOf(
  paths: DataPaths,
  serviceId: string,
  filter: Pick<LogFilter, 'replica' | 'stream'>,
  mask: Mask,
): Promise<LogSource[]> {
  const named = (await namesIn(paths.serviceLogs)).flatMap((name) => ownerOfLog(name) ?? [])
  const first = { serviceId, replica: filter.replica ?? 1, logPart: '' }
  const logs = [first, ...named].filter(
    (log) => log.serviceId === serviceId && (filter.replica ?? log.replica) === log.replica,
  )
  const byPath = new Map(logs.map((log) => [logFilesOf(paths, log).stdoutLog, log]))
  const inOrder = [...byPath.values()].toSorted(
    (a, b) => a.replica - b.replica || (a.logPart < b.logPart ? -1 : 1),
  )
  const sourcesOf = (stream: LogSource['stream']): LogSource[] =>
    filter.stream !== undefined && filter.stream !== stream
      ? []
      : inOrder.map((log) => {
          const { stdoutLog, stderrLog } = logFilesOf(paths, log)
          return { replica: log.replica, stream, mask, path: stream === 'stdout' ? stdoutLog : stderrLog }
        })
  return [...sourcesOf('stdout'), ...sourcesOf('stderr')]
}
