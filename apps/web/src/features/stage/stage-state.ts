import type { ProcessState, ServiceHealth } from '@vitrine/contract'
import { serviceTone } from '../../shared/service-tone.ts'

type State = { status: ProcessState; health: ServiceHealth }

/** What a stage can do now: run, wait for the service, or start it first. */
export const stageState = ({ status, health }: State): 'ready' | 'starting' | 'stopped' | 'broken' => {
  if (status === 'BACKOFF') return 'starting'
  const tone = serviceTone(status, health)
  if (tone === 'good') return 'ready'
  if (tone === 'busy') return 'starting'
  // A process that runs but has not been probed yet is about to be.
  if (status === 'RUNNING' && health === 'UNKNOWN') return 'starting'
  return tone === 'rest' ? 'stopped' : 'broken'
}

/** How often to look at a stage's state, in ms; events of the platform bring most changes sooner. */
export const stageRefreshMs = (state: State): number => (stageState(state) === 'starting' ? 1_500 : 20_000)
