import type { GateKey } from '@vitrine/contract'
import { knownTokens, sha256 } from './host.ts'
import { closesUntil, keyOfSha256, routeOf } from './shared-state.ts'

export { routeOf }

/** Whether a reload is about to close idle connections. */
export const isClosing = (): boolean => closesUntil() > Date.now()

/** The API key with this secret, or null. */
export const keyOf = (secret: string): GateKey | null => keyOfSha256(sha256(secret))

/** The caller of a login token: empty if the token is invalid, undefined if it must be verified first. */
export const callerOf = (token: string): string | undefined => knownTokens().get(token)
