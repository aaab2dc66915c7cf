import { pauseAfterLoss, recentLosses, type LostPort } from './port-decision.ts'
import type { ProcessRecord } from './process-records.ts'
import type { PortSource, ProcessSpec } from './process-runner.ts'

/** A process that did not get its port has no requests to finish, so it gets less time to end, milliseconds. */
const lostGraceMs = 2_000

/** Returns the spec for ending a process that has lost its port. */
export const withShortGrace = (spec: ProcessSpec): ProcessSpec => ({
  ...spec,
  stopGraceMs: Math.min(spec.stopGraceMs, lostGraceMs),
})

/**
 * Records that a process could not get its port; `lost` is null if no port could be found for it. Returns the
 * pause before it is started with another port, in milliseconds. Null if the process has claimed this too
 * often to be believed; its exit then counts like any other.
 */
export function recordLoss(record: ProcessRecord, lost: LostPort | null, at: number): number | null {
  record.losses = [...recentLosses(record.losses, at), { at, seen: lost === null || lost.by !== null }]
  if (lost !== null) record.lostPort = lost
  return pauseAfterLoss(record.losses, at)
}

/** Reserves the ports of the processes that an earlier control plane has left. */
export async function keepPorts(ports: PortSource, known: readonly ProcessRecord[]): Promise<void> {
  for (const { spec, port } of known) if (port !== null) await ports.keep(spec.id, port)
}
