import { pauseAfterLoss, recentLosses, type LostPort } from './port-fate.ts'
import type { ProcessRecord } from './process-records.ts'
import type { ProcessSpec } from './process-runner.ts'

/** What waits for a port that it cannot have answers nobody, so it need not be given longer to end, milliseconds. */
const lostGraceMs = 2_000

/** A spec as it is ended once it has lost its port. */
export const hurriedForPort = (spec: ProcessSpec): ProcessSpec => ({
  ...spec,
  stopGraceMs: Math.min(spec.stopGraceMs, lostGraceMs),
})

/** What a process is started with: its spec, and the port that its record has for it. */
export function launchSpecOf({ spec, port }: ProcessRecord, host: string): ProcessSpec {
  if (port === null) return spec
  return { ...spec, env: { ...spec.env, HOST: host, PORT: String(port) } }
}

/**
 * Notes in a record that its process could not have its port; `lost` null where no port could be found for it. Returns the pause before it is
 * started with another, milliseconds; null where the process has said so too often to be believed, and its end counts as any other.
 */
export function noteLoss(record: ProcessRecord, lost: LostPort | null, at: number): number | null {
  record.losses = [...recentLosses(record.losses, at), { at, seen: lost === null || lost.by !== null }]
  if (lost !== null) record.lostPort = lost
  return pauseAfterLoss(record.losses, at)
}
