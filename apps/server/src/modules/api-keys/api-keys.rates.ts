import { RateLimit } from '@vitrine/contract/rate-limit'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { keyTooManyRequests } from './api-keys.errors.ts'

/** A limit of requests a minute, as the gateways know it. */
export const perMinute = (requests: number) => ({ requests, window_s: 60 })

/** Counts a request of an API key that has a limit. Throws `api_key.too_many_requests` for one too many. */
export type CountRequest = (actor: Actor | null) => void

/**
 * Counts the requests to the platform itself with API keys, as the gateways count those to services. When the limit of a key
 * changes, its count starts again.
 */
export function createKeyRates({ clock }: { clock: Clock }): CountRequest {
  const rates = new RateLimit(Infinity, 60_000)
  return (actor) => {
    const { key } = actor ?? {}
    if (!key?.limit) return
    const { prefix, requests } = key.limit
    const waitS = rates.take(`${key.id} ${requests}`, clock().getTime(), requests)
    if (waitS > 0) throw keyTooManyRequests({ prefix, retry_after_s: waitS })
  }
}
