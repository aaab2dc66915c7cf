import type { GrantLevel } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { mayHandle } from '../../lib/policy.ts'
import { serviceNotFound, serviceNotYours } from './services.errors.ts'
import type { ServicesRepository, StoredService } from './services.repository.ts'

type Reading = { services: Pick<ServicesRepository, 'get'> }

/** Whether the actor may start, stop and restart a service. */
export const mayOperate = (actor: Actor, service: Pick<StoredService, 'id' | 'ownerId'>): boolean =>
  mayHandle(actor, service, 'operate')

/** Whether the actor may deploy, change and delete a service. */
export const mayOwn = (actor: Actor, service: Pick<StoredService, 'id' | 'ownerId'>): boolean =>
  mayHandle(actor, service, 'own')

/** Finds the row of a service. Throws `service.not_found`. */
export async function loadService(deps: Reading, id: string): Promise<StoredService> {
  const row = await deps.services.get(id)
  if (!row) throw serviceNotFound({ service_id: id })
  return row
}

async function loadFor(
  deps: Reading,
  { actor, id }: { actor: Actor; id: string },
  level: GrantLevel,
): Promise<StoredService> {
  const row = await loadService(deps, id)
  if (!mayHandle(actor, row, level)) throw serviceNotYours({ service_id: row.id, owner: row.ownerName })
  return row
}

/** Finds the row of a service that the actor may start, stop and restart. Throws the reason if they may not. */
export const loadOperable = (deps: Reading, input: { actor: Actor; id: string }): Promise<StoredService> =>
  loadFor(deps, input, 'operate')

/** Finds the row of a service that the actor may deploy, change and delete. Throws the reason if they may not. */
export const loadOwned = (deps: Reading, input: { actor: Actor; id: string }): Promise<StoredService> =>
  loadFor(deps, input, 'own')
