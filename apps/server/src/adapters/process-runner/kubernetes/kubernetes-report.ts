import { endOf, exitCodeOf } from '../crash-loop.ts'
import type { ProcessReason } from '../process-reason.ts'
import type { ProcessRecord } from '../process-records.ts'
import type { ProcessReport } from '../process-runner.ts'
import { portInside } from './kubernetes-objects.ts'
import { generationOf } from './pod-lives.ts'

/** What is known of an instance beside its record. `refusal` says why the cluster does not run it; null if it does. */
type Known = Pick<ProcessReport, 'state'> & { isAway: boolean; refusal: ProcessReason | null }

function reasonOf({ desired, fatal, exits }: ProcessRecord, known: Known): ProcessReason | null {
  const lastExit = exits.at(-1)
  if (known.state === 'FATAL') return fatal
  if (known.isAway && desired === 'running' && fatal === null)
    return { code: 'engine_away', engine: 'kubernetes' }
  if (known.state !== 'BACKOFF') return null
  return known.refusal ?? (lastExit ? endOf(lastExit) : null)
}

/** Returns the report of an instance. Its process is of another machine, so nobody here knows its number. Pure. */
export function kubernetesReport(record: ProcessRecord, known: Known): ProcessReport {
  const lastExit = record.exits.at(-1) ?? null
  const { spec, startedAt, restarts, address } = record
  return {
    id: spec.id,
    state: known.state,
    generation: generationOf(record.container),
    pid: null,
    reason: reasonOf(record, known),
    account: spec.user,
    endpoint: spec.listens && address !== null ? { host: address, port: portInside } : null,
    lostPort: null,
    startedAt: startedAt === null ? null : new Date(startedAt),
    exitCode: lastExit && exitCodeOf(lastExit),
    overLimit: lastExit?.overLimit ?? null,
    lastEnd: lastExit && endOf(lastExit),
    restarts,
  }
}
