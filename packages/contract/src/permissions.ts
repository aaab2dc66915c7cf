import { z } from 'zod'

/** What a signed-in person is, from least to most. */
export const role = z.enum(['viewer', 'user', 'admin'])
/** What a signed-in person is. */
export type Role = z.infer<typeof role>

/** What an API key may do. `deploy` includes `run`, `run` includes `read`, `admin` includes all but `metrics`. */
export const apiKeyScope = z.enum(['read', 'run', 'deploy', 'admin', 'metrics'])
/** What an API key may do. */
export type ApiKeyScope = z.infer<typeof apiKeyScope>

/**
 * What a route asks for. A route states exactly one; there is no route without.
 * `public` needs no sign-in, `self` any sign-in, `asset.fetch` is what an instance's own token may do.
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
/** What a route asks for, beside `public` and `self`. */
export type Permission = (typeof permissions)[number]

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

/** The one policy: what each role may do. Ownership is decided by the use cases, on top of this. */
export const rolePermissions: Record<Role, ReadonlySet<Permission>> = {
  viewer: new Set(viewer),
  user: new Set(user),
  admin: new Set(permissions.filter((permission) => permission !== 'metrics.read')),
}

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

/** What each API-key scope allows; a key never exceeds its owner's role. */
export const scopePermissions: Record<ApiKeyScope, ReadonlySet<Permission>> = {
  read: new Set(read),
  run: new Set(run),
  deploy: new Set(deploy),
  admin: rolePermissions.admin,
  metrics: new Set<Permission>(['metrics.read']),
}

/** Who may read another person's runs, and operate services that are not theirs. */
export const seesEverything = (held: Role): boolean => held === 'admin'
