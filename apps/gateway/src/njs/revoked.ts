import type { GateRevoked } from '@vitrine/contract'
import type { Login } from './token.ts'

/** The caller of a login token, or why the token is refused. */
export type CheckedLogin = { caller: string } | { refusal: 'auth.invalid_credential' | 'auth.not_permitted' }

/** Whether a login is among the revoked ones, at `now` (milliseconds since 1970). */
export const isAmong = (
  { until, before }: GateRevoked,
  { caller, session, generation }: Pick<Login, 'caller' | 'session' | 'generation'>,
  now: number,
): boolean => now < until && ((before[session] ?? 0) > generation || (before[caller] ?? 0) > generation)

/** Checks a login whose token was verified, at `now` (milliseconds since 1970). `mayRun`: whether it may run the service. */
export function checkLogin(
  login: Pick<Login, 'caller' | 'session' | 'generation'>,
  mayRun: boolean,
  revoked: GateRevoked,
  now: number,
): CheckedLogin {
  if (isAmong(revoked, login, now)) return { refusal: 'auth.invalid_credential' }
  return mayRun ? { caller: login.caller } : { refusal: 'auth.not_permitted' }
}
