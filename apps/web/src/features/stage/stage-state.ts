import type { ProcessState, ServiceHealth } from '@vitrine/contract'
import { serviceTone } from '../../shared/service-tone.ts'

type State = { status: ProcessState; health: ServiceHealth; asleep: boolean }

/**
 * What a person can do with a stage now: run it, wait for the service, or start the service. A run or a visit starts a
 * sleeping service.
 */
export const stageState = ({
  status,
  health,
  asleep,
}: State): 'ready' | 'starting' | 'stopped' | 'broken' => {
  if (asleep && status === 'STOPPED') return 'ready'
  if (status === 'BACKOFF') return 'starting'
  const tone = serviceTone(status, health)
  if (tone === 'good') return 'ready'
  if (tone === 'busy') return 'starting'
  // The first probe of a running process is still to come.
  if (status === 'RUNNING' && health === 'UNKNOWN') return 'starting'
  return tone === 'rest' ? 'stopped' : 'broken'
}

/** How often to read a stage's state, in milliseconds. Events of the platform usually report changes sooner. */
export const stageRefreshMs = (state: State): number => (stageState(state) === 'starting' ? 1_500 : 20_000)
