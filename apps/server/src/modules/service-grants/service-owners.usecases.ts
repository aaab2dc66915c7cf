import { permissionsOf, type EndpointResponse, type ServiceRight } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { mayUse } from '../../lib/policy.ts'
import type { OwnedRoom } from '../quotas/owned.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import { loadOwned, loadService } from '../services/services.usecases.ts'
import { holderNotFound, newOwnerUnfit, notOwner } from './service-grants.errors.ts'
import type { GrantsDeps } from './service-grants.usecases.ts'

/** What showing and changing owners needs. */
export type OwnersDeps = Pick<GrantsDeps, 'grants' | 'users'> & {
  services: Pick<ServicesRepository, 'get' | 'countOf' | 'previews' | 'handOver'>
  owned: OwnedRoom
  /** Called when people have lost what was theirs: ends the event streams that they have open. */
  onRightsLost: (userIds: readonly string[]) => void
}

/** Whether an actor may give a service another owner: who only may use it by a grant would keep it when the grant ends. */
const mayHandOver = (actor: Actor, { id, ownerId }: StoredService): boolean =>
  mayUse(actor, { ownerId, services: [id] })

/** The owner of a service, and who else may do what, and why. Throws as {@link loadOwned} does. */
export async function accessOf(
  { services, grants }: Pick<OwnersDeps, 'services' | 'grants'>,
  input: { actor: Actor; id: string },
): Promise<EndpointResponse<'GET /services/{id}/access'>> {
  const service = await loadOwned({ services }, input)
  const granted = service.groupId === null ? [] : await grants.ofGroup(service.groupId)
  const items: ServiceRight[] = [
    { level: 'own', because: 'owner', holder: 'user', holder_name: service.ownerName },
    { level: 'own', because: 'administrator', holder: 'role', holder_name: 'admin' },
    ...granted.map(({ level, holder, holder_name }) => ({
      level,
      because: 'group' as const,
      holder,
      holder_name,
    })),
  ]
  return {
    owner: service.ownerName,
    group_id: service.groupId,
    may_hand_over: mayHandOver(input.actor, service),
    items,
    total: items.length,
  }
}

/**
 * Gives a service another owner, with its previews. Its algorithm stays with whom it belongs to. Throws `service.not_found`, `service.not_owner`,
 * `service_grant.person_not_found`, `service.new_owner_unfit`, `quota.services`.
 */
export async function handOver(
  deps: OwnersDeps,
  input: { actor: Actor; id: string; username: string },
): Promise<{ owner: string }> {
  const { services } = deps
  const { actor, id, username } = input
  const service = await loadService(deps, id)
  if (!mayHandOver(actor, service)) throw notOwner({ service_id: id, owner: service.ownerName })
  const found = await deps.users.credentials({ username })
  if (!found) throw holderNotFound({ field: 'username', name: username })
  const { user } = found
  const isFit =
    !user.disabled && permissionsOf({ role: user.role, custom: user.custom_role }).has('services.deploy')
  if (!isFit) throw newOwnerUnfit({ field: 'username', name: user.username })
  if (user.id === service.ownerId) return { owner: user.username }
  const to = { ownerId: user.id, ownerName: user.username }
  const isStored = await deps.owned.storeOneMore(user, 'services', {
    // Its previews go with it, and need room too.
    countOf: async (owner) => (await services.countOf(owner)) + (await services.previews(id)).length,
    store: () => services.handOver(id, { from: service.ownerId, to }),
  })
  // Somebody else has handed it over meanwhile, or deleted it.
  if (!isStored) return handOver(deps, input)
  deps.onRightsLost([service.ownerId])
  return { owner: user.username }
}
