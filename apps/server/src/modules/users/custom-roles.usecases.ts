import { role, type ListedRole, type Permission } from '@vitrine/contract'
import { notPermitted } from '../../lib/access.errors.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { rankBarrier, type HeldRights } from '../../lib/policy.ts'
import type { CustomRolesRepository, RolesBelow } from './custom-roles.repository.ts'
import { administratorsOnly, roleNotFound } from './users.errors.ts'

/** What the use cases of roles need. */
export type RolesDeps = {
  customRoles: CustomRolesRepository
  clock: Clock
  onAccountChanged: (userId: string) => Promise<void>
}

/**
 * Refuses an actor who may do less than somebody with this role: the actor would give or take away permissions that they do not
 * have. Throws `auth.not_permitted`, `role.administrators_only`.
 */
export function requireRank(actor: Actor, held: HeldRights): void {
  const barrier = rankBarrier(actor, held)
  if (barrier === 'administrators') throw administratorsOnly({})
  if (barrier !== null)
    throw notPermitted({ permission: barrier.missing, scope: actor.kind === 'key' ? 'admin' : null })
}

/** The rank of a custom role: all that it permits. */
const requireHolding = (actor: Actor, permissions: readonly Permission[]): void =>
  requireRank(actor, { role: 'user', custom: { permissions } })

/** The roles whose permissions an actor has completely, by name and, for custom ones, by id. */
export async function rolesBelow(
  deps: { customRoles: Pick<CustomRolesRepository, 'list'> },
  actor: Actor,
): Promise<RolesBelow> {
  const below = (await deps.customRoles.list()).filter(({ id, name, permissions }) => {
    const builtIn = role.safeParse(name)
    const held: HeldRights =
      id === null && builtIn.success
        ? { role: builtIn.data, custom: null }
        : { role: 'user', custom: { permissions } }
    return rankBarrier(actor, held) === null
  })
  return {
    builtIn: below.flatMap(({ id, name }) => (id === null ? [name] : [])),
    custom: below.flatMap(({ id }) => (id === null ? [] : [id])),
  }
}

/** Finds a custom role. Throws `role.not_found`. */
export async function getCustomRole(
  deps: { customRoles: Pick<CustomRolesRepository, 'find'> },
  input: { id: string },
): Promise<{ id: string; name: string; description: string; permissions: Permission[] }> {
  const found = await deps.customRoles.find(input.id)
  if (!found) throw roleNotFound({ id: input.id })
  return found
}

async function listed(deps: Pick<RolesDeps, 'customRoles'>, id: string): Promise<ListedRole> {
  const found = (await deps.customRoles.list()).find((each) => each.id === id)
  if (!found) throw roleNotFound({ id })
  return found
}

/** Makes a role. Throws `auth.not_permitted`, `role.name_taken`. */
export async function createRole(
  deps: RolesDeps,
  input: { actor: Actor; name: string; description: string; permissions: Permission[] },
): Promise<ListedRole> {
  const { actor, ...content } = input
  const permissions = new Set(content.permissions)
  requireHolding(actor, content.permissions)
  return listed(deps, await deps.customRoles.create({ ...content, permissions: [...permissions] }))
}

/**
 * Changes a role. The holders' tokens become invalid at the gateway, and their streams end. Throws `role.not_found`,
 * `auth.not_permitted`, `role.name_taken`.
 */
export async function changeRole(
  deps: RolesDeps,
  input: { actor: Actor; id: string; name?: string; description?: string; permissions?: Permission[] },
): Promise<ListedRole> {
  const { actor, id, name, description, permissions } = input
  const stated = {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(permissions !== undefined && { permissions: [...new Set(permissions)] }),
  }
  const changed = await deps.customRoles.change(id, stated, {
    now: deps.clock(),
    // Checks the role as it is under the lock, because somebody else may just have added a permission.
    allow(found) {
      requireHolding(actor, found.permissions)
      requireHolding(actor, permissions ?? [])
    },
  })
  for (const userId of changed) await deps.onAccountChanged(userId)
  return listed(deps, id)
}

/** Deletes a role that nobody has. Throws `role.not_found`, `auth.not_permitted`, `role.in_use`. */
export async function removeRole(deps: RolesDeps, input: { actor: Actor; id: string }): Promise<void> {
  // Checks the role as it is under the lock, because somebody else may just have added a permission.
  await deps.customRoles.remove(input.id, (found) => requireHolding(input.actor, found.permissions))
}
