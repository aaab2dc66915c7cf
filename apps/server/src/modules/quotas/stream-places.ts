import type { Actor } from '../../lib/actor.ts'
import { createOpenCounts } from './open-counts.ts'
import { tooManyStreams } from './quotas.errors.ts'
import { quotasOf, type QuotaTable } from './quotas.ts'

/** The event streams that people have open. */
export type StreamPlaces = {
  /**
   * Takes a place for a stream of a person, or of somebody without a sign-in at a network. Throws `quota.streams`.
   * Returns the function that gives it back.
   */
  take: (reader: { actor: Actor | null; network: string }) => () => void
}

export function createStreamPlaces(quotas: QuotaTable): StreamPlaces {
  const counts = createOpenCounts()
  return {
    take({ actor, network }) {
      const own = actor ? quotasOf(quotas, actor) : quotas.person
      if (!own) return () => {}
      // A key counts for its owner, whose id it has.
      const key = actor ? `user ${actor.id}` : `network ${network}`
      const place = counts.take([{ key, limit: own.streams }])
      if ('full' in place) throw tooManyStreams({ limit: own.streams, of: actor ? 'person' : 'network' })
      return place.giveBack
    },
  }
}
