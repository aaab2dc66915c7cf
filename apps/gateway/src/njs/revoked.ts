import type { GateRevoked } from '@vitrine/contract'
import type { Login } from './token.ts'

/** Whether a login is among the revoked ones, at `now` (milliseconds since 1970). */
export const isAmong = (
  { until, before }: GateRevoked,
  { caller, session, issued }: Pick<Login, 'caller' | 'session' | 'issued'>,
  now: number,
): boolean => now < until && ((before[session] ?? 0) > issued || (before[caller] ?? 0) > issued)
