import { z } from 'zod'
import { apiKeyScopes, grantLevels, roles } from './choices.ts'

/** The role of a signed-in person, in ascending order of rights. */
export const role = z.enum(roles)
/** The role of a signed-in person. */
export type Role = z.infer<typeof role>

/** What an API key may do. `deploy` includes `run`, `run` includes `read`, `admin` includes all but `metrics`. */
export const apiKeyScope = z.enum(apiKeyScopes)
/** What an API key may do. */
export type ApiKeyScope = z.infer<typeof apiKeyScope>

/**
 * The permissions that routes require. Each route states exactly one. `public` needs no sign-in, and `self`
 * needs any sign-in.
 */
export const permissions = [
  'showcase.read',
  'runs.create',
  'runs.read',
  'tasks.read',
  'tasks.cancel',
  'assets.read',
  'assets.write',
  'shares.write',
  'algorithms.read',
  'algorithms.write',
  'services.read',
  'services.logs',
  'services.operate',
  'services.deploy',
  'ports.read',
  'calls.read',
  'host.read',
  'api_keys.own',
  'users.manage',
  'audit.read',
  'config.manage',
  'gateway.manage',
  'metrics.read',
] as const
/** The permission that a route requires, in addition to `public` and `self`. */
export type Permission = (typeof permissions)[number]

/** A permission that a custom role may have. */
export const grantablePermission = z.enum(permissions).exclude(['metrics.read'])

/** A permission that a custom role may have. */
export type GrantablePermission = z.infer<typeof grantablePermission>

/** The permissions that a custom role may have: all that people can have. */
export const grantablePermissions = grantablePermission.options

/** Access rule of a route. */
export type Access = Permission | 'public' | 'self'

const viewer: readonly Permission[] = [
  'showcase.read',
  'runs.create',
  'runs.read',
  'tasks.read',
  'tasks.cancel',
  'assets.read',
  'assets.write',
  'services.read',
]
const user: readonly Permission[] = [
  ...viewer,
  'shares.write',
  'algorithms.read',
  'algorithms.write',
  'services.logs',
  'services.operate',
  'services.deploy',
  'ports.read',
  'calls.read',
  'host.read',
  'api_keys.own',
]

/** The only policy: what each role may do. The use cases also check ownership. */
export const rolePermissions: Record<Role, ReadonlySet<Permission>> = {
  viewer: new Set(viewer),
  user: new Set(user),
  admin: new Set(grantablePermissions),
}

/** The permissions of a person: those of their custom role, or else those of their role. */
export const permissionsOf = (held: {
  role: Role
  custom: { permissions: readonly Permission[] } | null
}): ReadonlySet<Permission> =>
  held.custom === null
    ? rolePermissions[held.role]
    : new Set(held.custom.permissions.filter((each) => each !== 'metrics.read'))

/** What a grant lets somebody do with the services of a group. */
export const grantLevel = z.enum(grantLevels)
/** What a grant lets somebody do with the services of a group: `run` (see and run), `operate`, `own`. */
export type GrantLevel = z.infer<typeof grantLevel>

const operate: readonly Permission[] = [...viewer, 'services.logs', 'services.operate']

/** What each grant permits with the services that it is for, beyond what the role of its holder permits with all services. */
export const grantPermissions: Record<GrantLevel, ReadonlySet<Permission>> = {
  run: new Set(viewer),
  operate: new Set(operate),
  own: new Set([...operate, 'calls.read', 'algorithms.read', 'algorithms.write', 'services.deploy']),
}

/** Whether a grant includes another one. Pure. */
export const includesGrant = (held: GrantLevel, needed: GrantLevel): boolean =>
  grantLevels.indexOf(held) >= grantLevels.indexOf(needed)

const read: readonly Permission[] = [
  'showcase.read',
  'services.read',
  'runs.read',
  'tasks.read',
  'assets.read',
  'algorithms.read',
  'ports.read',
]
const run: readonly Permission[] = [...read, 'runs.create', 'tasks.cancel', 'assets.write']
const deploy: readonly Permission[] = [
  ...run,
  'shares.write',
  'algorithms.write',
  'services.logs',
  'services.operate',
  'services.deploy',
  'calls.read',
  'host.read',
]

/** What each API-key scope allows. A key never has more rights than its owner's role. */
export const scopePermissions: Record<ApiKeyScope, ReadonlySet<Permission>> = {
  read: new Set(read),
  run: new Set(run),
  deploy: new Set(deploy),
  admin: rolePermissions.admin,
  metrics: new Set<Permission>(['metrics.read']),
}

/** Whether a key with these scopes may call services through the gateway. Pure. */
export const mayRunServices = (scopes: readonly ApiKeyScope[]): boolean =>
  scopes.some((scope) => scopePermissions[scope].has('runs.create'))

/** The scope with the fewest rights that includes a permission. Pure. */
export const smallestScope = (permission: Permission): ApiKeyScope =>
  apiKeyScopes.find((scope) => scopePermissions[scope].has(permission)) ?? 'admin'

/** Whether a role may read other people's runs and operate services that are not its own. */
export const seesEverything = (held: Role): boolean => held === 'admin'
