import {
  rolePermissions,
  scopePermissions,
  type ApiKeyScope,
  type Permission,
  type Role,
} from '@vitrine/contract'

/** The scopes that a person of a role may give to keys; what their role may not do, their keys may not either. */
export const scopesOfRole: Record<Role, ReadonlySet<ApiKeyScope>> = {
  viewer: new Set(['read', 'run']),
  user: new Set(['read', 'run', 'deploy']),
  admin: new Set(['read', 'run', 'deploy', 'admin', 'metrics']),
}

/** Reading the metrics is no role's permission, for programs do it: an administrator may give it to a key. */
const grantable = (role: Role): ReadonlySet<Permission> =>
  role === 'admin' ? new Set([...rolePermissions.admin, ...scopePermissions.metrics]) : rolePermissions[role]

/** The scopes of a key that count while its owner has this role. */
export const scopesInForce = (scopes: readonly ApiKeyScope[], role: Role): ApiKeyScope[] =>
  scopes.filter((scope) => scopesOfRole[role].has(scope))

/** What a key with these scopes may do, for an owner of this role: never more than the owner. */
export function keyPermissions(scopes: readonly ApiKeyScope[], role: Role): ReadonlySet<Permission> {
  const given = grantable(role)
  const wanted = scopesInForce(scopes, role).flatMap((scope) => [...scopePermissions[scope]])
  return new Set(wanted.filter((permission) => given.has(permission)))
}
