import type { GroupColour, ServiceGroup } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { grantBarrier } from '../../lib/policy.ts'
import {
  groupHasGrants,
  groupNameTaken,
  groupNotFound,
  groupOrderIncomplete,
} from './service-groups.errors.ts'
import type { ServiceGroupsRepository } from './service-groups.repository.ts'

type Deps = { groups: ServiceGroupsRepository }

/** Finds a group. Throws `service_group.not_found`. */
export async function getGroup(
  { groups }: { groups: Pick<ServiceGroupsRepository, 'get'> },
  id: string,
): Promise<ServiceGroup> {
  const group = await groups.get(id)
  if (!group) throw groupNotFound({ group_id: id })
  return group
}

/** Creates a group at the end. Throws `service_group.name_taken`. */
export async function createGroup(
  deps: Deps,
  input: { name: string; colour: GroupColour },
): Promise<ServiceGroup> {
  const id = await deps.groups.insert(input)
  if (id === null) throw groupNameTaken({ field: 'name', name: input.name })
  return getGroup(deps, id)
}

/** Changes a group's name or colour. */
export async function changeGroup(
  deps: Deps,
  input: { id: string; change: { name?: string | undefined; colour?: GroupColour | undefined } },
): Promise<ServiceGroup> {
  const { id } = input
  const { name, colour } = input.change
  await getGroup(deps, id)
  const holder = name === undefined ? null : await deps.groups.idOfName(name)
  if (name !== undefined && holder !== null && holder !== id) throw groupNameTaken({ field: 'name', name })
  await deps.groups.update(id, { ...(name !== undefined && { name }), ...(colour && { colour }) })
  return getGroup(deps, id)
}

/**
 * Puts all groups in this order. Throws `service_group.order_incomplete` if a group is missing, named twice
 * or unknown.
 */
export async function orderGroups({ groups }: Deps, ids: readonly string[]): Promise<ServiceGroup[]> {
  const known = (await groups.all()).map((group) => group.id)
  const missing = known.filter((id) => !ids.includes(id))
  const unknown = ids.filter((id, index) => !known.includes(id) || ids.indexOf(id) !== index)
  if (missing.length > 0 || unknown.length > 0) throw groupOrderIncomplete({ field: 'ids', missing, unknown })
  await groups.order(ids)
  return groups.all()
}

/** What deleting groups needs to know of grants. */
export type DeleteGroupDeps = Deps & {
  /** The people to whom these groups grant something. */
  peopleOf: (groupIds: readonly string[]) => Promise<string[]>
  /** Called when grants of these people are gone. Rejects if the gateway cannot be told, which is then tried again. */
  onGrantsChanged: (userIds: readonly string[]) => Promise<void>
}

/**
 * Deletes a group and what it grants. Its services stay. Throws `service_group.not_found`, and `service_group.has_grants` for an actor who
 * may not take grants away.
 */
export async function deleteGroup(
  { groups, peopleOf, onGrantsChanged }: DeleteGroupDeps,
  { actor, id }: { actor: Actor; id: string },
): Promise<void> {
  const people = await peopleOf([id])
  if (people.length > 0 && grantBarrier(actor, 'own') !== null) throw groupHasGrants({ group_id: id })
  if (!(await groups.delete(id))) throw groupNotFound({ group_id: id })
  if (people.length > 0) await onGrantsChanged(people)
}
