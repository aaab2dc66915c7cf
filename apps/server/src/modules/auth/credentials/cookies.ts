import type { FastifyReply, FastifyRequest } from 'fastify'
import { cookiePrefix } from '@vitrine/contract'
import { cookieOf, isSecure, sessionCookieOf } from '../../../http/cookie-names.ts'
import { apiPrefix } from '../../../http/route.ts'
import { accessTokenSeconds, deviceTokenSeconds, sessionSeconds } from './tokens.ts'

/** Name of the cookie with the refresh token. Browsers send it only to the sign-in routes. */
export const refreshCookieOf = (request: FastifyRequest): string =>
  cookieOf(request, `${cookiePrefix}refresh`)

/**
 * Name of the cookie with the device token, which says who has signed in with this browser. A sign-out does not remove
 * it.
 */
export const deviceCookieOf = (request: FastifyRequest): string => cookieOf(request, `${cookiePrefix}device`)

/** Name of the cookie that ties the answer of another sign-in server to this browser. */
export const oidcCookieOf = (request: FastifyRequest): string => cookieOf(request, `${cookiePrefix}oidc`)

const base = (request: FastifyRequest) =>
  ({ httpOnly: true, sameSite: 'lax', secure: isSecure(request) }) as const
const sessionOptions = (request: FastifyRequest) => ({ ...base(request), path: '/' })
const refreshOptions = (request: FastifyRequest) => ({ ...base(request), path: `${apiPrefix}/auth` })

/** Sets the cookies of a session. If the refresh token is null, the browser keeps its present one. */
export function setSessionCookies(
  reply: FastifyReply,
  tokens: { accessToken: string; refreshToken: string | null },
): void {
  const { request } = reply
  reply.setCookie(sessionCookieOf(request), tokens.accessToken, {
    ...sessionOptions(request),
    maxAge: accessTokenSeconds,
  })
  if (tokens.refreshToken !== null)
    reply.setCookie(refreshCookieOf(request), tokens.refreshToken, {
      ...refreshOptions(request),
      maxAge: sessionSeconds,
    })
}

/** Sets the cookie that marks a browser in which a person has signed in. */
export function setDeviceCookie(reply: FastifyReply, token: string): void {
  const options = { ...refreshOptions(reply.request), maxAge: deviceTokenSeconds }
  reply.setCookie(deviceCookieOf(reply.request), token, options)
}

/** Sets the cookie with the sealed state of a sign-in with another server. `maxAge` is in seconds. */
export function setOidcCookie(reply: FastifyReply, sealed: string, maxAge: number): void {
  reply.setCookie(oidcCookieOf(reply.request), sealed, { ...refreshOptions(reply.request), maxAge })
}

/** Clears the cookie of a sign-in with another server. */
export function clearOidcCookie(reply: FastifyReply): void {
  reply.clearCookie(oidcCookieOf(reply.request), refreshOptions(reply.request))
}

/** Clears the cookies of a session. */
export function clearSessionCookies(reply: FastifyReply): void {
  const { request } = reply
  reply.clearCookie(sessionCookieOf(request), sessionOptions(request))
  reply.clearCookie(refreshCookieOf(request), refreshOptions(request))
}

/**
 * Where a browser's request came from. A page cannot forge `Sec-Fetch-Site`. Older browsers do not send it, so then the
 * `Origin` must be the requested host. `same-site` is not enough, because an algorithm's page on another port is
 * same-site.
 */
export function originOf(request: FastifyRequest): 'same' | 'foreign' | 'unknown' {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' ? 'same' : 'foreign'
  const { origin } = request.headers
  if (origin === undefined) return 'unknown'
  return URL.canParse(origin) && new URL(origin).host === request.host ? 'same' : 'foreign'
}
