import { rolePermissions, type GrantLevel, type Permission, type Role } from '@vitrine/contract'

/** What somebody may do with one service because of a grant of its group. */
export type HeldGrant = {
  serviceId: string
  level: GrantLevel
  /** Whether it is also for the algorithm with the ID of the service: the service runs it, and both have the same owner. */
  hasCode: boolean
}

/** The authenticated caller of a request, after the policy has admitted them. */
export type Actor = {
  kind: 'user' | 'key' | 'instance' | 'visitor'
  /**
   * The id of the user. A key has the id of its owner, an instance the id of its service. A visitor of a
   * share link has an id of their own.
   */
  id: string
  name: string
  role: Role
  permissions: ReadonlySet<Permission>
  /** The services that a key is limited to; null means no limit. */
  serviceIds: readonly string[] | null
  /** What groups of services grant beyond the role. Absent for administrators, who need none, and for keys that are limited to services, which get none. */
  grants?: readonly HeldGrant[]
  /** The session of the login token or cookie. */
  sessionId?: string
  /** For a visitor, the maker of the link that they came with. */
  linksOf?: string
  /** The API key that was used. */
  key?: {
    id: string
    name: string
    /** When the key ends, if it does. */
    endsAt?: Date
    /** How many requests a minute the key may send, if that is limited. `prefix`: the part of the key that is shown. */
    limit?: { prefix: string; requests: number }
  }
}

/**
 * The platform itself, for work that no user asked for, such as deploying the examples at the first start.
 */
export const platformActor: Actor = {
  kind: 'user',
  id: '00000000-0000-0000-0000-000000000000',
  name: 'vitrine',
  role: 'admin',
  permissions: new Set(),
  serviceIds: null,
}

/** Whoever runs the machine, and may change every account by the settings of the platform. */
export const operatorActor: Actor = { ...platformActor, permissions: rolePermissions.admin }
