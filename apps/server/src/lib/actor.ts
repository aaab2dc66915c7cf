import type { Permission, Role } from '@vitrine/contract'

/** Who is asking, once the policy has let them in. */
export type Actor = {
  kind: 'user' | 'key' | 'instance' | 'visitor'
  /** The user; for a key its owner, for an instance its service's id; a visitor of a link has an id of their own. */
  id: string
  name: string
  role: Role
  permissions: ReadonlySet<Permission>
  /** Services that a key is limited to; null for no limit. */
  serviceIds: readonly string[] | null
  /** The session that a login's token or cookie belongs to. */
  sessionId?: string
  /** The API key that was used. */
  key?: { id: string; name: string }
}

/** The platform itself, for what it does on its own account: deploying the examples at first start. */
export const platformActor: Actor = {
  kind: 'user',
  id: '00000000-0000-0000-0000-000000000000',
  name: 'vitrine',
  role: 'admin',
  permissions: new Set(),
  serviceIds: null,
}
