import type { FastifyRequest } from 'fastify'
import { secureSessionCookie, sessionCookie } from '@vitrine/contract'

/** Whether a person sees the page over TLS, even if a proxy ends it. */
export const isSecure = (request: FastifyRequest): boolean => request.protocol === 'https'

/** The name of the cookie with a person's token. Under HTTPS, only the secure one counts. */
export const sessionCookieOf = (request: FastifyRequest): string =>
  isSecure(request) ? secureSessionCookie : sessionCookie

/**
 * The name of a cookie for a part of the platform. Under HTTPS, browsers let no page without TLS set it. `__Host-`
 * would demand more, but no cookie with that name can be limited to a path.
 */
export const cookieOf = (request: FastifyRequest, name: string): string =>
  isSecure(request) ? `__Secure-${name}` : name

/**
 * The value of a cookie of ours. One that occurs several times counts as absent: a script on another port of the host can
 * set one for a longer path, which browsers send first, and nobody can tell which is whose.
 */
export function cookieValueOf(request: FastifyRequest, name: string): string | undefined {
  const sent = (request.headers.cookie ?? '').split(';')
  const times = sent.filter((part) => part.split('=', 1)[0]?.trim() === name).length
  return times === 1 ? request.cookies[name] : undefined
}
