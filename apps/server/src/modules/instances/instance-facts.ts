import type { ProcessState, ServiceHealth } from '@vitrine/contract'
import type { Reason } from './reason.ts'

/** What is known of one instance. */
export type InstanceFacts = {
  state: ProcessState
  health: ServiceHealth
  /** Why the process or the probe is not well. */
  reason: Reason | null
}

/**
 * Whether requests can be sent to an instance: it lives and has been ready. One that is UNHEALTHY for a probe still gets them, and
 * one that is ready sooner than its runner takes it for RUNNING gets them already.
 */
export const takesRequests = (facts: InstanceFacts): boolean =>
  facts.health === 'READY' || facts.health === 'BUSY'
    ? facts.state === 'RUNNING' || facts.state === 'STARTING'
    : facts.state === 'RUNNING' && facts.health === 'UNHEALTHY'
