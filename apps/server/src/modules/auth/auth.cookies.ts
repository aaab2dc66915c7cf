import type { FastifyReply, FastifyRequest } from 'fastify'
import { cookiePrefix, sessionCookie } from '@vitrine/contract'
import { apiPrefix } from '../../http/route.ts'
import { accessTokenSeconds } from './auth.tokens.ts'
import { sessionSeconds } from './auth.sessions.usecases.ts'

/** Name of the cookie with the refresh token. Browsers send it only to the sign-in routes. */
export const refreshCookie = `${cookiePrefix}refresh`

const base = (request: FastifyRequest) =>
  ({ httpOnly: true, sameSite: 'lax', secure: request.protocol === 'https' }) as const
const sessionOptions = (request: FastifyRequest) => ({ ...base(request), path: '/' })
const refreshOptions = (request: FastifyRequest) => ({ ...base(request), path: `${apiPrefix}/auth` })

/** Sets the cookies of a session. If the refresh token is null, the browser keeps its present one. */
export function setSessionCookies(
  reply: FastifyReply,
  tokens: { accessToken: string; refreshToken: string | null },
): void {
  const { request } = reply
  reply.setCookie(sessionCookie, tokens.accessToken, {
    ...sessionOptions(request),
    maxAge: accessTokenSeconds,
  })
  if (tokens.refreshToken !== null)
    reply.setCookie(refreshCookie, tokens.refreshToken, {
      ...refreshOptions(request),
      maxAge: sessionSeconds,
    })
}

/** Clears the cookies of a session. */
export function clearSessionCookies(reply: FastifyReply): void {
  reply.clearCookie(sessionCookie, sessionOptions(reply.request))
  reply.clearCookie(refreshCookie, refreshOptions(reply.request))
}

/**
 * Where a browser's request came from. A page cannot forge `Sec-Fetch-Site`. Older browsers do not send it;
 * then the `Origin` must be the requested host. `same-site` is not enough, because an algorithm's page on
 * another port is same-site.
 */
export function originOf(request: FastifyRequest): 'same' | 'foreign' | 'unknown' {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' ? 'same' : 'foreign'
  const { origin } = request.headers
  if (origin === undefined) return 'unknown'
  return URL.canParse(origin) && new URL(origin).host === request.host ? 'same' : 'foreign'
}
