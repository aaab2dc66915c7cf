import type { GateKey } from '@vitrine/contract'
import { knownTokens, sha256 } from './host.ts'
import { isAmong } from './revoked.ts'
import { closesUntil, keyOfSha256, revoked, routeOf } from './shared-state.ts'

export { routeOf }

/** Whether a reload is about to close idle connections. */
export const isClosing = (): boolean => closesUntil() > Date.now()

/** The API key with this secret, or null. */
export const keyOf = (secret: string): GateKey | null => keyOfSha256(sha256(secret))

/** The caller of a login token: empty if the token is invalid, undefined if it must be verified first. */
export function callerOf(token: string): string | undefined {
  const known = knownTokens().get(token)
  if (known === undefined) return undefined
  const [caller = '', session = '', issued = ''] = known.split(' ')
  return isAmong(revoked(), { caller, session, issued: Number(issued) }, Date.now()) ? '' : caller
}
