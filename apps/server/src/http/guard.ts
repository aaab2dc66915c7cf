import type { FastifyRequest } from 'fastify'
import type { Access } from '@vitrine/contract'
import type { Actor } from '../lib/actor.ts'
import { notPermitted, signInRequired } from './http.errors.ts'

/**
 * Finds out who sent a request, by bearer token, API key or session cookie. Null for an anonymous request.
 * Throws for an invalid credential, so that a wrong key is a 401 also on a public route.
 */
export type Authenticate = (request: FastifyRequest) => Promise<Actor | null>

/** Checks whether the actor may use a route with this access rule. Throws `auth.required` or `auth.not_permitted`. */
export function admit(actor: Actor | null, access: Access): void {
  if (access === 'public') return
  if (!actor) throw signInRequired({})
  if (access === 'self' ? actor.kind === 'instance' : !actor.permissions.has(access))
    throw notPermitted({ permission: access })
}
