import {
  permissionsOf,
  rolePermissions,
  scopePermissions,
  type ApiKeyScope,
  type Permission,
  type Role,
} from '@vitrine/contract'

/** The scopes that a person with this role may give to keys. A key may not do more than its owner's role. */
export const scopesOfRole: Record<Role, ReadonlySet<ApiKeyScope>> = {
  viewer: new Set(['read', 'run']),
  user: new Set(['read', 'run', 'deploy']),
  admin: new Set(['read', 'run', 'deploy', 'admin', 'metrics']),
}

/** The rights of the owner of a key: their role, or what their custom role permits. */
export type KeyOwner = { role: Role; custom: { permissions: readonly Permission[] } | null }

/** No role has the permission to read metrics, because programs do that. An administrator may give it to a key. */
const grantable = (owner: KeyOwner): ReadonlySet<Permission> =>
  owner.role === 'admin'
    ? new Set([...rolePermissions.admin, ...scopePermissions.metrics])
    : permissionsOf(owner)

/**
 * The scopes of a key that are in force while its owner has this role. The gateway lets every scope run that includes running, so
 * those count only for owners who may run.
 */
export const scopesInForce = (scopes: readonly ApiKeyScope[], owner: KeyOwner): ApiKeyScope[] =>
  scopes.filter(
    (scope) =>
      scopesOfRole[owner.role].has(scope) &&
      (!scopePermissions[scope].has('runs.create') || permissionsOf(owner).has('runs.create')),
  )

/** What a key with these scopes may do if its owner has this role. Never more than the owner. */
export function keyPermissions(scopes: readonly ApiKeyScope[], owner: KeyOwner): ReadonlySet<Permission> {
  const given = grantable(owner)
  const wanted = scopes
    .filter((scope) => scopesOfRole[owner.role].has(scope))
    .flatMap((scope) => [...scopePermissions[scope]])
  return new Set(wanted.filter((permission) => given.has(permission)))
}
