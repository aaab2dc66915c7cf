import type { GateTable } from '@vitrine/contract'
import { decodeBase64url } from './host.ts'

type Claims = {
  iss?: unknown
  sub?: unknown
  sid?: unknown
  role?: unknown
  gen?: unknown
  exp?: unknown
  nbf?: unknown
}

/** A parsed login token. Nothing of it is verified yet. */
export type ReadToken = {
  /** The signed text: header and claims as they were sent. */
  signed: string
  /** The signature, in base64url. */
  signature: string
  claims: Claims
}

/** The content of a verified token. */
export type Login = {
  /** `user:<id>` */
  caller: string
  /** `session:<id>` */
  session: string
  /** The number of changes that the account had when the token was issued. */
  generation: number
  /** Whether the role may run services. */
  mayRun: boolean
  /** When it expires, in milliseconds since 1970. */
  expiresMs: number
}

const longestToken = 4_096
const longestSubject = 200

/** The JSON object in a part of a token, or null. */
function objectIn<T extends object>(part: string): T | null {
  const text = decodeBase64url(part)
  if (text === null) return null
  try {
    const value: T | null = JSON.parse(text)
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}

/** Parses a login token (RFC 7519, signed with ES256 as in RFC 7518); null if it is not one. */
export function readToken(token: string): ReadToken | null {
  if (token.length > longestToken) return null
  const parts = token.split('.')
  if (parts.length !== 3) return null
  const [head = '', body = '', signature = ''] = parts
  const header = objectIn<{ alg?: unknown; crit?: unknown }>(head)
  if (header?.alg !== 'ES256' || header.crit !== undefined) return null
  const claims = objectIn<Claims>(body)
  return claims && { signed: `${head}.${body}`, signature, claims }
}

/** Whether a text is safe in a header: visible ASCII, not empty, not too long. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x21 || code > 0x7e) return false
  }
  return text.length > 0 && text.length <= longestSubject
}

/**
 * Returns what the claims of a token with a valid signature say, at `now` (milliseconds since 1970). Null if the token
 * is not ours or not valid now. A token with claims that no revocation could name is not accepted.
 */
export function loginIn(claims: Claims, jwt: GateTable['jwt'], now: number): Login | null {
  const { exp, gen, nbf, sid, sub } = claims
  if (claims.iss !== jwt.issuer) return null
  if (typeof exp !== 'number' || exp * 1000 <= now) return null
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf * 1000 <= now)) return null
  if (typeof sub !== 'string' || !isPlain(sub)) return null
  if (typeof sid !== 'string' || !isPlain(sid) || typeof gen !== 'number') return null
  if (typeof claims.role !== 'string') return null
  const mayRun = jwt.roles.some((role) => role === claims.role)
  return { caller: `user:${sub}`, session: `session:${sid}`, generation: gen, mayRun, expiresMs: exp * 1000 }
}
