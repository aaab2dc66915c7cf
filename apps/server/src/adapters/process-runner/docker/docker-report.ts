import { endOf, exitCodeOf, type Exit } from '../crash-loop.ts'
import { endpointOf } from '../process-endpoint.ts'
import type { ProcessRecord } from '../process-records.ts'
import type { ProcessReport } from '../process-runner.ts'

/** What is known of a container beside its record. `address` is the one that its port is published on. */
type Known = Pick<ProcessReport, 'state' | 'generation' | 'pid' | 'reason'> & {
  lastExit: Exit | null
  address: string
}

/** Returns the report of a container. Pure. */
export function dockerReport(record: ProcessRecord, { lastExit, address, ...known }: Known): ProcessReport {
  const { spec, startedAt, restarts, lostPort } = record
  return {
    id: spec.id,
    account: spec.user,
    endpoint: endpointOf(record, address),
    lostPort,
    startedAt: startedAt === null ? null : new Date(startedAt),
    exitCode: lastExit && exitCodeOf(lastExit),
    overLimit: lastExit?.overLimit ?? null,
    lastEnd: lastExit && endOf(lastExit),
    restarts,
    ...known,
  }
}
