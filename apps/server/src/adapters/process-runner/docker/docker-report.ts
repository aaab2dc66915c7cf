import { endOf, exitCodeOf } from '../crash-loop.ts'
import { endpointOf } from '../process-endpoint.ts'
import type { ProcessReason } from '../process-reason.ts'
import type { ProcessRecord } from '../process-records.ts'
import type { ProcessReport } from '../process-runner.ts'
import { generationOf } from './container-lives.ts'

/**
 * What is known of a container beside its record. `address` is the one that its port is published on, `isAway` whether
 * Docker does not answer now.
 */
type Known = Pick<ProcessReport, 'state' | 'pid'> & {
  address: string
  isAway: boolean
}

function reasonOf({ desired, fatal, exits }: ProcessRecord, { state, isAway }: Known): ProcessReason | null {
  const lastExit = exits.at(-1)
  if (state === 'FATAL') return fatal
  if (isAway && desired === 'running' && fatal === null) return { code: 'engine_away' }
  return state === 'BACKOFF' && lastExit ? endOf(lastExit) : null
}

/** Returns the report of a container. Pure. */
export function dockerReport(record: ProcessRecord, known: Known): ProcessReport {
  const { state, pid, address } = known
  const generation = generationOf(record.container)
  const lastExit = record.exits.at(-1) ?? null
  const { spec, startedAt, restarts, lostPort } = record
  return {
    id: spec.id,
    state,
    generation,
    pid: generation === null ? null : pid,
    reason: reasonOf(record, known),
    account: spec.user,
    endpoint: endpointOf(record, address),
    lostPort,
    startedAt: startedAt === null ? null : new Date(startedAt),
    exitCode: lastExit && exitCodeOf(lastExit),
    overLimit: lastExit?.overLimit ?? null,
    lastEnd: lastExit && endOf(lastExit),
    restarts,
  }
}
