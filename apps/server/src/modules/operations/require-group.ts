import type { Actor } from '../../lib/actor.ts'
import { mayUse } from '../../lib/policy.ts'
import { notOwner } from '../service-grants/service-grants.errors.ts'
import type { ServiceGroupsRepository } from '../service-groups/service-groups.repository.ts'
import { getGroup } from '../service-groups/service-groups.usecases.ts'
import type { StoredService } from '../services/services.repository.ts'

type Asked = { actor: Actor; change: { group_id?: string | null | undefined } }

/**
 * Throws `service_group.not_found`, and `service.not_owner` if somebody changes the group who may change the service only through a
 * grant. The group decides which grants apply to the service, so they could keep their access after their grant is taken away.
 */
export async function requireGroup(
  deps: { groups: Pick<ServiceGroupsRepository, 'get'> },
  { id, ownerId, ownerName, groupId }: Pick<StoredService, 'id' | 'ownerId' | 'ownerName' | 'groupId'>,
  { actor, change }: Asked,
): Promise<void> {
  if (change.group_id) await getGroup(deps, change.group_id)
  const isChanged = change.group_id !== undefined && change.group_id !== groupId
  if (isChanged && !mayUse(actor, { ownerId, services: [id] }))
    throw notOwner({ service_id: id, owner: ownerName })
}
