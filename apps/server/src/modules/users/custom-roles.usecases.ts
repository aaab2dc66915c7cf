import { permissionsOf, seesEverything, type ListedRole, type Permission, type Role } from '@vitrine/contract'
import { notPermitted } from '../../http/http.errors.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { missingPermission } from '../../lib/policy.ts'
import type { CustomRolesRepository } from './custom-roles.repository.ts'
import { administratorsOnly, roleNotFound } from './users.errors.ts'

/** What the use cases of roles need. */
export type RolesDeps = {
  customRoles: CustomRolesRepository
  clock: Clock
  onAccountChanged: (userId: string) => Promise<void>
}

/** Refuses an actor who would give, take away or change what they have not themselves. Throws `auth.not_permitted`. */
function requireHolding(actor: Actor, wanted: ReadonlySet<Permission>): void {
  const missing = missingPermission(actor, wanted)
  if (missing !== null)
    throw notPermitted({ permission: missing, scope: actor.kind === 'key' ? 'admin' : null })
}

/**
 * Refuses an actor who may do less than somebody with this role. A custom role with all permissions is less than an administrator,
 * who also reaches what is other people's. Throws `auth.not_permitted`, `role.administrators_only`.
 */
export function requireRank(
  actor: Actor,
  held: { role: Role; custom: { permissions: readonly Permission[] } | null },
): void {
  requireHolding(actor, permissionsOf(held))
  if (held.custom === null && seesEverything(held.role) && !seesEverything(actor.role))
    throw administratorsOnly({})
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
  requireHolding(actor, permissions)
  return listed(deps, await deps.customRoles.create({ ...content, permissions: [...permissions] }))
}

/**
 * Changes a role. Whoever has it signs in anew at the gateway, and their streams end. Throws `role.not_found`,
 * `auth.not_permitted`, `role.name_taken`.
 */
export async function changeRole(
  deps: RolesDeps,
  input: { actor: Actor; id: string; name?: string; description?: string; permissions?: Permission[] },
): Promise<ListedRole> {
  const { actor, id } = input
  const found = await getCustomRole(deps, { id })
  requireHolding(actor, new Set(found.permissions))
  const permissions = new Set(input.permissions ?? found.permissions)
  requireHolding(actor, permissions)
  const { name = found.name, description = found.description } = input
  const endsTokensAt = input.permissions === undefined ? null : deps.clock()
  const content = { name, description, permissions: [...permissions] }
  for (const userId of await deps.customRoles.change(id, content, endsTokensAt))
    await deps.onAccountChanged(userId)
  return listed(deps, id)
}

/** Deletes a role that nobody has. Throws `role.not_found`, `auth.not_permitted`, `role.in_use`. */
export async function removeRole(deps: RolesDeps, input: { actor: Actor; id: string }): Promise<void> {
  const found = await getCustomRole(deps, input)
  requireHolding(input.actor, new Set(found.permissions))
  await deps.customRoles.remove(found.id)
}
