import type { FastifyRequest } from 'fastify'
import type { Access } from '@vitrine/contract'
import type { Actor } from '../lib/actor.ts'
import { notPermitted, signInRequired } from './http.errors.ts'

/**
 * Finds out who asks: bearer token, API key or session cookie. Null for nobody; throws for a credential that is no good,
 * so that a wrong key is a 401 also where none is needed.
 */
export type Authenticate = (request: FastifyRequest) => Promise<Actor | null>

/** The policy at the door of every route: who is let in. */
export function admit(actor: Actor | null, access: Access): void {
  if (access === 'public') return
  if (!actor) throw signInRequired({})
  if (access === 'self' ? actor.kind === 'instance' : !actor.permissions.has(access))
    throw notPermitted({ permission: access })
}
