import type { ProcessState, ServiceHealth } from '@vitrine/contract'

/** The tone of a state: ready, in progress, with a problem, broken, or at rest. */
export type Tone = 'good' | 'busy' | 'warning' | 'bad' | 'rest'

/** The tone of a service's process state and health together. */
export const serviceTone = (status: ProcessState, health: ServiceHealth): Tone => {
  if (status === 'STARTING' || status === 'STOPPING') return 'busy'
  if (status === 'BACKOFF') return 'warning'
  if (status === 'FATAL') return 'bad'
  if (status !== 'RUNNING') return 'rest'
  if (health === 'READY' || health === 'BUSY') return 'good'
  if (health === 'STARTING') return 'busy'
  return health === 'UNKNOWN' ? 'warning' : 'bad'
}
