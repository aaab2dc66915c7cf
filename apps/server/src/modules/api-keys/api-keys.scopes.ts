import {
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

/** No role has the permission to read metrics, because programs do that. An administrator may give it to a key. */
const grantable = (role: Role): ReadonlySet<Permission> =>
  role === 'admin' ? new Set([...rolePermissions.admin, ...scopePermissions.metrics]) : rolePermissions[role]

/** The scopes of a key that are in force while its owner has this role. */
export const scopesInForce = (scopes: readonly ApiKeyScope[], role: Role): ApiKeyScope[] =>
  scopes.filter((scope) => scopesOfRole[role].has(scope))

/** What a key with these scopes may do if its owner has this role. Never more than the owner. */
export function keyPermissions(scopes: readonly ApiKeyScope[], role: Role): ReadonlySet<Permission> {
  const given = grantable(role)
  const wanted = scopesInForce(scopes, role).flatMap((scope) => [...scopePermissions[scope]])
  return new Set(wanted.filter((permission) => given.has(permission)))
}
