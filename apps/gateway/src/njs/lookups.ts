import type { GateKey } from '@vitrine/contract'
import { knownTokens, sha256 } from './host.ts'
import { mayRunAt } from '../may-run-at.ts'
import { checkLogin, type CheckedLogin } from './revoked.ts'
import { closesUntil, groupsOf, keyOfSha256, revoked, routeOf } from './shared-state.ts'

export { routeOf }

/** Whether a reload is about to close idle connections. */
export const isClosing = (): boolean => closesUntil() > Date.now()

/** The API key with this secret, or null. */
export const keyOf = (secret: string): GateKey | null => keyOfSha256(sha256(secret))

/**
 * The caller of a login token at a service of a group (undefined: of none), or why the token is refused. Undefined if it must be
 * verified first.
 */
export function callerOf(token: string, group: string | undefined): CheckedLogin | undefined {
  const known = knownTokens().get(token)
  if (known === undefined) return undefined
  const [caller = '', session = '', generation = '', mayRun = ''] = known.split(' ')
  const login = { caller, session, generation: Number(generation), mayRun: mayRun === 'true' }
  return checkLogin(login, mayRunAt(login, group, groupsOf), revoked(), Date.now())
}
