import type { ConfigType, Permission } from '@vitrine/contract'
import { requireReach } from '../../../lib/require-access.ts'
import { permitsAt } from '../../../lib/policy.ts'
import { notPermitted } from '../../../lib/access.errors.ts'
import { refusalOf } from '../../../lib/invalid-request.errors.ts'
import type { Actor } from '../../../lib/actor.ts'
import type { ServicesRepository, StoredService } from '../../services/services.repository.ts'
import { loadOwned } from '../../services/services.usecases.ts'
import { serviceScope, systemScope, type ConfigScope } from './config-scope.ts'

/** The scope that a request names, as it is in the request. */
export type NamedScope = { type?: ConfigType | undefined; service_id?: string | undefined }
/** A scope as a request names it. Pure. */
export const namesOf = ({ type, serviceId }: ConfigScope): { type: ConfigType; service_id?: string } => ({
  type,
  ...(serviceId !== null && { service_id: serviceId }),
})
/** The scope that a request means, and its service. `service` is null for other scopes. */
export type FoundScope = { scope: ConfigScope; service: StoredService | null }

/** Without a type, a service is meant if one is named, and else the platform. */
const typeMeant = ({ type, service_id: id }: NamedScope): ConfigType =>
  type ?? (id === undefined ? 'system' : 'service')

/**
 * The name of the scope that a request means: one scope has one name, whether the request states its type or leaves it out. Pure.
 */
export const scopeNameOf = (named: NamedScope): string => `${typeMeant(named)} ${named.service_id ?? ''}`

function need(actor: Actor, permission: Permission): void {
  if (!actor.permissions.has(permission)) throw notPermitted({ permission, scope: null })
}

/**
 * Finds the scope that a request means, and checks that the actor may use it. Whoever may manage the
 * configuration may use the values of the system, owners those of their services, and people their own. Throws `auth.not_permitted`,
 * `auth.service_not_allowed`, `service.not_found` or `service.not_yours`.
 */
export async function findScope(
  deps: { services: Pick<ServicesRepository, 'get'> },
  actor: Actor,
  named: NamedScope,
): Promise<FoundScope> {
  const { type, service_id: id } = named
  if (typeMeant(named) === 'service' ? id === undefined : id !== undefined)
    throw refusalOf([{ path: 'service_id', rule: 'field.config_service', values: {} }])
  if (id !== undefined) {
    if (!permitsAt(actor, 'services.operate', id)) need(actor, 'services.operate')
    requireReach(actor, [id])
    return { scope: serviceScope(id), service: await loadOwned(deps, { actor, id }) }
  }
  if (type === 'user') {
    if (actor.kind !== 'user') throw notPermitted({ permission: 'self', scope: null })
    return { scope: { type: 'user', serviceId: null, userId: actor.id }, service: null }
  }
  need(actor, 'config.manage')
  // An API key that is limited to services may not use the platform's own values.
  if (actor.serviceIds !== null) throw notPermitted({ permission: 'config.manage', scope: null })
  return { scope: systemScope, service: null }
}
