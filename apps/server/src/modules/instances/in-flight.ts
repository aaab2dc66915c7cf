import type { Gateway } from '../../adapters/gateway/gateway.ts'
import type { InstancesDeps } from './instances.usecases.ts'

/**
 * Counts the requests and runs that instances are answering now. Null means that the gateway does not say it. The error of a
 * gateway that does not answer is reported once, until it answers again, because draining asks many times a second.
 */
export function createInFlight(deps: {
  gateway: Pick<Gateway, 'inFlight'>
  /** The number of runs that an instance is executing. Runs do not pass through the gateway. */
  runsOn: (instanceId: string) => number
  onError: (error: unknown) => void
}): InstancesDeps['inFlight'] {
  let isSilent = false
  return async (instances) => {
    const ids = instances.map(({ id }) => id)
    try {
      const requests = await deps.gateway.inFlight(ids)
      isSilent = false
      return ids.reduce((sum, id) => sum + deps.runsOn(id), requests)
    } catch (error) {
      if (!isSilent) deps.onError(error)
      isSilent = true
      return null
    }
  }
}
