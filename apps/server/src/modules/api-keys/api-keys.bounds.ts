import type { Actor } from '../../lib/actor.ts'
import { expiryBeyondKey, rateBeyondKey } from './api-keys.errors.ts'

/**
 * Refuses an end of a key, of a token of a repository or of a share link beyond that of the key with which it is stated: otherwise
 * whoever has a key for a day has what it opens for ever. Throws `api_key.expiry_beyond_key`.
 */
export function requireEndWithinKey(actor: Actor, expiresAt: string | null): void {
  const endsAt = actor.key?.endsAt
  if (endsAt && (expiresAt === null || Date.parse(expiresAt) > endsAt.getTime()))
    throw expiryBeyondKey({ path: 'expires_at', expires_at: endsAt.toISOString() })
}

/**
 * Refuses that a key with a limit of requests makes another key, a token or a link that may be run: more could be sent through
 * these than with the key. Throws `api_key.rate_beyond_key`.
 */
export function requireNoRate(actor: Actor): void {
  const own = actor.key?.limit
  if (own) throw rateBeyondKey({ path: 'requests_per_minute', requests_per_minute: own.requests })
}
