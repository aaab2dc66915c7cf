import type { FastifyRequest } from 'fastify'
import type { Actor } from '../lib/actor.ts'

/**
 * Finds out who sent a request, by bearer token, API key or session cookie. Null for an anonymous request.
 * Throws for an invalid credential, so that a wrong key is a 401 also on a public route.
 */
export type Authenticate = (request: FastifyRequest) => Promise<Actor | null>
