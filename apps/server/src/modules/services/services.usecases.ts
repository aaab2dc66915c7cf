import type { Actor } from '../../lib/actor.ts'
import { mayUse } from '../../lib/policy.ts'
import { serviceNotFound, serviceNotYours } from './services.errors.ts'
import type { ServicesRepository, StoredService } from './services.repository.ts'

/** Whether the actor may start, stop, deploy and delete a service. */
export const mayOperate = (actor: Actor, service: Pick<StoredService, 'id' | 'ownerId'>): boolean =>
  mayUse(actor, { ownerId: service.ownerId, services: [service.id] })

/** Finds the row of a service. Throws `service.not_found`. */
export async function loadService(
  deps: { services: Pick<ServicesRepository, 'get'> },
  id: string,
): Promise<StoredService> {
  const row = await deps.services.get(id)
  if (!row) throw serviceNotFound({ service_id: id })
  return row
}

/** Finds the row of a service that the actor may operate. Throws the reason if they may not. */
export async function loadOperable(
  deps: { services: Pick<ServicesRepository, 'get'> },
  input: { actor: Actor; id: string },
): Promise<StoredService> {
  const row = await loadService(deps, input.id)
  if (!mayOperate(input.actor, row)) throw serviceNotYours({ service_id: row.id, owner: row.ownerName })
  return row
}
