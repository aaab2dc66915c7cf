import type { GateRoute } from '@vitrine/contract'
import type { RefusalCode } from './refuse.ts'

/** What a service in one of these states answers to every request. */
export const closedStates: Readonly<Record<Exclude<GateRoute['state'], 'up' | 'asleep'>, RefusalCode>> = {
  stopped: 'service.stopped',
  starting: 'service.starting',
  failed: 'service.failed',
  undeployed: 'service.not_deployed',
}
