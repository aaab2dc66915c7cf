import type { Service } from '@vitrine/contract'
import { stateGroup } from '../services/service-view.ts'

type Seen = Pick<Service, 'status' | 'health' | 'reason' | 'asleep' | 'instances' | 'may_operate'>

/**
 * The services of a person that need attention, and what to say if none does: that there is no service yet, that some are
 * still starting, or that all is well. Pure.
 */
export const attentionOf = <One extends Seen>(services: readonly One[]) => {
  const own = services.filter((service) => service.may_operate)
  const count = (group: ReturnType<typeof stateGroup>) =>
    own.filter((service) => stateGroup(service) === group).length
  const starting = count('busy')
  const calm =
    own.length === 0 ? 'start.no_services' : starting > 0 ? 'start.some_starting' : 'start.all_well'
  return {
    troubles: own.filter((service) => stateGroup(service) === 'attention'),
    starting,
    calm,
  } as const
}
