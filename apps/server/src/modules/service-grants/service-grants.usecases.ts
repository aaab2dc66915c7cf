import { type GrantLevel, type Grantee, type ServiceGrant } from '@vitrine/contract'
import { administratorsAlone, notPermitted } from '../../lib/access.errors.ts'
import type { Actor } from '../../lib/actor.ts'
import { grantBarrier } from '../../lib/policy.ts'
import type { ServiceGroupsRepository } from '../service-groups/service-groups.repository.ts'
import { getGroup } from '../service-groups/service-groups.usecases.ts'
import type { CustomRolesRepository } from '../users/custom-roles.repository.ts'
import { getCustomRole } from '../users/custom-roles.usecases.ts'
import type { UsersRepository } from '../users/users.repository.ts'
import { grantNotFound, holderNotFound } from './service-grants.errors.ts'
import type { Holder, ServiceGrantsRepository } from './service-grants.repository.ts'

/** What granting needs. */
export type GrantsDeps = {
  groups: ServiceGroupsRepository
  grants: ServiceGrantsRepository
  users: Pick<UsersRepository, 'credentials'>
  customRoles: Pick<CustomRolesRepository, 'find'>
  /**
   * Called when a grant of these people is new, changed or gone. Rejects if the gateway cannot be told, which is then tried again.
   */
  onGrantsChanged: (userIds: readonly string[]) => Promise<void>
}

/** Refuses an actor who may not grant something. Throws `auth.not_permitted`, `auth.administrators_only`. */
function requireGranting(actor: Actor, level: GrantLevel): void {
  const barrier = grantBarrier(actor, level)
  if (barrier === 'administrators') throw administratorsAlone({})
  if (barrier !== null)
    throw notPermitted({ permission: barrier.missing, scope: actor.kind === 'key' ? 'admin' : null })
}

/** Who is meant. Throws `service_grant.person_not_found`, `role.not_found`. */
async function holderOf(deps: GrantsDeps, to: Grantee): Promise<Holder> {
  if ('role' in to) return { role: to.role }
  if ('custom_role_id' in to)
    return { customRoleId: (await getCustomRole(deps, { id: to.custom_role_id })).id }
  const found = await deps.users.credentials({ username: to.username })
  if (!found) throw holderNotFound({ field: 'to.username', name: to.username })
  return { userId: found.user.id }
}

/** What a group grants. Throws `service_group.not_found`. */
export async function listGrants(
  deps: GrantsDeps,
  groupId: string,
): Promise<{ items: ServiceGrant[]; total: number }> {
  const items = await deps.grants.ofGroup((await getGroup(deps, groupId)).id)
  return { items, total: items.length }
}

/** Finds a grant of a group. Throws `service_grant.not_found`. */
export async function getGrant(
  { grants }: Pick<GrantsDeps, 'grants'>,
  { groupId, id }: { groupId: string; id: string },
): Promise<ServiceGrant> {
  const grant = await grants.get(groupId, id)
  if (!grant) throw grantNotFound({ grant_id: id })
  return grant
}

/**
 * Grants something with the services of a group, in place of what the group granted them before. Throws `service_group.not_found`,
 * `service_grant.person_not_found`, `role.not_found`, `auth.not_permitted`, `auth.administrators_only`.
 */
export async function putGrant(
  deps: GrantsDeps,
  input: { actor: Actor; groupId: string; to: Grantee; level: GrantLevel },
): Promise<ServiceGrant> {
  const { actor, level } = input
  const { id: groupId } = await getGroup(deps, input.groupId)
  const holder = await holderOf(deps, input.to)
  requireGranting(actor, level)
  const before = await deps.grants.levelOf(groupId, holder)
  if (before !== null) requireGranting(actor, before)
  const id = await deps.grants.put(groupId, holder, { from: before, to: level })
  // Somebody else has granted something meanwhile, which this actor may perhaps not replace.
  if (id === null) return putGrant(deps, input)
  if (before !== level) await deps.onGrantsChanged(await deps.grants.peopleOfGrant(id))
  return getGrant(deps, { groupId, id })
}

/** Takes a grant away. Throws `service_grant.not_found`, `auth.not_permitted`, `auth.administrators_only`. */
export async function removeGrant(
  deps: GrantsDeps,
  input: { actor: Actor; groupId: string; id: string },
): Promise<void> {
  const grant = await getGrant(deps, input)
  requireGranting(input.actor, grant.level)
  const people = await deps.grants.peopleOfGrant(grant.id)
  // Somebody else has changed it meanwhile, or taken it away.
  if (!(await deps.grants.remove(grant))) return removeGrant(deps, input)
  await deps.onGrantsChanged(people)
}
