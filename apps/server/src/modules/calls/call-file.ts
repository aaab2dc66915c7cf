import { csvLines, csvStart, type Call } from '@vitrine/contract'

const columns = [
  'time',
  'service_id',
  'release',
  'instance_id',
  'status',
  'latency_ms',
  'caller_kind',
  'caller_id',
  'caller_name',
  'method',
  'route',
  'bytes_in',
  'bytes_out',
  'request_id',
  'error',
  'process_end',
] as const

/** The beginning of a file of calls: the names of its columns, as the API calls them. */
export const callFileStart = csvStart + csvLines([columns])

/** Calls as lines of the file. Pure. */
export const callFileLines = (calls: readonly Call[]): string =>
  csvLines(
    calls.map(({ caller, ...call }) => {
      const cells = {
        ...call,
        caller_kind: caller?.kind ?? 'anonymous',
        caller_id: caller?.id ?? null,
        caller_name: caller?.name ?? null,
      }
      return columns.map((column) => cells[column])
    }),
  )
