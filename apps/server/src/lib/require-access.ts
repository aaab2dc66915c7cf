import { smallestScope, type Access, type ApiEndpoint, type ApiKeyScope } from '@vitrine/contract'
import { administratorsAlone, keyLimited, notPermitted, outsideKey, signInRequired } from './access.errors.ts'
import type { Actor } from './actor.ts'
import { actorAt, judgeCall, maySetForEverybody, reaches } from './policy.ts'

const scopeNeeded = (actor: Actor, access: Exclude<Access, 'public'>): ApiKeyScope | null =>
  actor.kind !== 'key' || access === 'self' ? null : smallestScope(access)

type Admission = Pick<ApiEndpoint, 'access' | 'about' | 'instances'>

const lacking = (actor: Actor, { access }: Admission) =>
  notPermitted({ permission: access, scope: access === 'public' ? null : scopeNeeded(actor, access) })

/**
 * Checks whether the actor may use a route; `id` is the `{id}` of its path. Returns as whom they use it: grants may stand for a permission
 * that the role lacks, and then reach only some services (`actorAt`). Throws `auth.required`,
 * `auth.not_permitted`, `auth.scope_missing`, `auth.key_limited`, `auth.service_not_allowed`.
 */
export function admit(caller: Actor, route: Admission, id?: string | null): Actor
export function admit(caller: Actor | null, route: Admission, id?: string | null): Actor | null
export function admit(caller: Actor | null, route: Admission, id: string | null = null): Actor | null {
  if (route.access === 'public') return caller
  if (!caller) throw signInRequired({})
  const actor = actorAt(caller, route)
  switch (judgeCall(actor, route, id)) {
    case 'allowed':
      return actor
    case 'not_permitted':
      throw lacking(actor, route)
    case 'closed_to_limited':
      throw actor.kind === 'key' ? keyLimited({}) : lacking(caller, route)
    case 'outside_limit':
      throw actor.kind === 'key' ? outsideKey({ service_id: id ?? '' }) : lacking(caller, route)
  }
}

/** Throws `auth.administrators_only` unless the actor may choose what takes effect in the services of everybody. */
export function requireForEverybody(actor: Actor): void {
  if (!maySetForEverybody(actor)) throw administratorsAlone({})
}

/** Throws `auth.service_not_allowed` if a limited key names a service that it does not include. */
export function requireReach(actor: Actor, services: readonly string[]): void {
  const outside = services.find((id) => !reaches(actor, [id]))
  if (outside !== undefined) throw outsideKey({ service_id: outside })
}
