import { smallestScope, type Access, type ApiEndpoint, type ApiKeyScope } from '@vitrine/contract'
import { administratorsAlone, keyLimited, notPermitted, outsideKey, signInRequired } from './access.errors.ts'
import type { Actor } from './actor.ts'
import { judgeCall, maySetForEverybody, reaches } from './policy.ts'

const scopeNeeded = (actor: Actor, access: Exclude<Access, 'public'>): ApiKeyScope | null =>
  actor.kind !== 'key' || access === 'self' ? null : smallestScope(access)

/**
 * Checks whether the actor may use a route; `id` is the `{id}` of its path. Throws `auth.required`,
 * `auth.not_permitted`, `auth.scope_missing`, `auth.key_limited`, `auth.service_not_allowed`.
 */
export function admit(
  actor: Actor | null,
  route: Pick<ApiEndpoint, 'access' | 'about' | 'instances'>,
  id: string | null = null,
): void {
  if (route.access === 'public') return
  if (!actor) throw signInRequired({})
  switch (judgeCall(actor, route, id)) {
    case 'allowed':
      return
    case 'not_permitted':
      throw notPermitted({ permission: route.access, scope: scopeNeeded(actor, route.access) })
    case 'closed_to_limited':
      throw keyLimited({})
    case 'outside_limit':
      throw outsideKey({ service_id: id ?? '' })
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
