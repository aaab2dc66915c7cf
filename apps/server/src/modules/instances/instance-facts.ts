import type { ProcessState, ServiceHealth } from '@vitrine/contract'
import type { Reason } from './reason.ts'

/**
 * The most bytes that are read of one answer of an instance, or of one event of its stream. Pictures and sounds
 * fit; an answer without an end does not use up the platform's memory.
 */
export const mostAnswerBytes = 64 * 1024 * 1024
/** The most memory that the values of one answer in JSON may take, in bytes. Lists of 64 MB with usual numbers fit. */
export const mostValueBytes = 256 * 1024 * 1024

/** What is known of one instance. */
export type InstanceFacts = {
  state: ProcessState
  health: ServiceHealth
  /** Why the process or its health is not well. */
  reason: Reason | null
  /** Whether the task that made it has not let it serve yet. */
  onTrial?: boolean
}

/**
 * Whether requests can be sent to an instance: it runs, has been ready, and is not on trial. An instance that is UNHEALTHY in
 * one probe still gets requests, and one that is ready before its runner reports RUNNING already gets them.
 */
export const takesRequests = (facts: InstanceFacts): boolean =>
  facts.onTrial !== true &&
  (facts.health === 'READY' || facts.health === 'BUSY'
    ? facts.state === 'RUNNING' || facts.state === 'STARTING'
    : facts.state === 'RUNNING' && facts.health === 'UNHEALTHY')

/**
 * Whether the platform does not start an instance again by itself: its process has ended too often, or its setup has failed, which
 * another start would only repeat. One that is not well for another reason is restarted, and what could not be installed for it is
 * tried again.
 */
export const isGivenUp = ({
  state,
  health,
  reason,
}: Pick<InstanceFacts, 'state' | 'health' | 'reason'>): boolean =>
  (state === 'FATAL' && reason?.code !== 'not_installed') ||
  (state === 'RUNNING' && health === 'SETUP_FAILED')
