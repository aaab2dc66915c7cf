import type { GateTable } from '@vitrine/contract'
import { knownTokens } from './host.ts'
import { mayRunAt } from '../may-run-at.ts'
import { checkLogin, type CheckedLogin } from './revoked.ts'
import { groupsOf, revoked, sharedSettings } from './shared-state.ts'
import { loginIn, readToken, type ReadToken } from './token.ts'

/** A verified token is remembered at most this long, in milliseconds. */
const rememberMs = 3_600_000

async function isSigned(jwk: GateTable['jwt']['public_key'], token: ReadToken): Promise<boolean> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify'])
  const data = new TextEncoder().encode(token.signed)
  const signature = Buffer.from(token.signature, 'base64url')
  return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, data)
}

const invalid: CheckedLogin = { refusal: 'auth.invalid_credential' }

/**
 * Returns the caller (`user:<id>`) of a login token; a refusal if it is not ours, malformed, expired or
 * revoked, or if neither its role nor the group of the service lets it run the service. A valid token is remembered until it expires.
 */
export async function verify(token: string, group: string | undefined): Promise<CheckedLogin> {
  const read = readToken(token)
  if (read === null) return invalid
  const { jwt } = sharedSettings()
  if (!(await isSigned(jwt.public_key, read))) return invalid
  const now = Date.now()
  const login = loginIn(read.claims, jwt, now)
  if (login === null) return invalid
  const { caller, session, generation, mayRun, expiresMs } = login
  knownTokens().set(
    token,
    `${caller} ${session} ${generation} ${mayRun}`,
    Math.min(expiresMs - now, rememberMs),
  )
  return checkLogin(login, mayRunAt(login, group, groupsOf), revoked(), now)
}
