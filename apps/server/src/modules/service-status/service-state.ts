import type { ProcessState, ServiceHealth } from '@vitrine/contract'
import type { Words } from '../../lib/words.ts'
import { takesRequests, type InstanceFacts } from '../instances/instance-facts.ts'
import { reasonWords } from '../instances/reason.ts'

/** The state that a service shows. */
export type ServiceState = { status: ProcessState; health: ServiceHealth; reason: Words | null }

/** From worst to best. A service with several instances shows the best one. */
const healthOrder: readonly ServiceHealth[] = [
  'UNKNOWN',
  'DEFUNCT',
  'SETUP_FAILED',
  'UNHEALTHY',
  'STARTING',
  'BUSY',
  'READY',
]
const best = (all: readonly ServiceHealth[]): ServiceHealth =>
  healthOrder[Math.max(0, ...all.map((health) => healthOrder.indexOf(health)))] ?? 'UNKNOWN'

/**
 * The state that a service shows, from its desired state and its instances. A process that runs but is not
 * ready yet is STARTING, because RUNNING promises that it answers.
 */
export function serviceState(input: {
  desired: 'running' | 'stopped'
  /** A sleeping service is STOPPED until somebody uses it. While it wakes up it is STARTING. */
  asleep: boolean
  instances: readonly InstanceFacts[]
  deploying: boolean
  lastFailure: Words | null
}): ServiceState {
  const { desired, asleep, instances, deploying, lastFailure } = input
  if (instances.length === 0) {
    if (deploying) return { status: 'STARTING', health: 'UNKNOWN', reason: null }
    if (lastFailure !== null) return { status: 'FATAL', health: 'UNKNOWN', reason: lastFailure }
    return { status: 'STOPPED', health: 'UNKNOWN', reason: null }
  }
  const health = best(instances.map((instance) => instance.health))
  const why = instances.find((instance) => instance.reason !== null)?.reason ?? null
  const reason = why && reasonWords(why)
  const running = instances.filter((instance) => instance.state === 'RUNNING' || takesRequests(instance))
  if (running.length > 0) {
    const answers = running.some(takesRequests)
    const broken = !answers && (health === 'SETUP_FAILED' || health === 'DEFUNCT')
    const status = answers ? 'RUNNING' : broken ? 'FATAL' : 'STARTING'
    return { status, health, reason: health === 'READY' || health === 'BUSY' ? null : reason }
  }
  const [first] = instances
  const status = first?.state ?? 'UNKNOWN'
  const isOff = desired === 'stopped' || (asleep && status !== 'STARTING')
  if (isOff && status !== 'STOPPING') return { status: 'STOPPED', health: 'UNKNOWN', reason: null }
  return { status, health: 'UNKNOWN', reason }
}
