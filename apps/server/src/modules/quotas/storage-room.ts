import type { Actor } from '../../lib/actor.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import { storageFull, tooManyUploads } from './quotas.errors.ts'
import { payerOf, quotasOf, type QuotaTable } from './quotas.ts'

/** What somebody has in the store, or has announced to send. */
export type Taken = { bytes: number; uploads: number }

/** Room in the store that is kept for bytes that are still arriving. */
export type Room = {
  /** Takes room for more bytes than announced. Throws `quota.storage`. */
  grow: (bytes: number) => void
  /** Gives the room back: what it was for is stored, or will not be. A second call has no effect. */
  leave: () => void
}

/** The room of the store, of which everybody has their own share. */
export type StorageRoom = {
  /**
   * Keeps room for one upload of an actor. Throws `quota.uploads` if too many are unfinished, and `quota.storage` if it
   * does not fit beside all that is stored and announced.
   */
  forUpload: (actor: Actor, bytes: number) => Promise<Room>
}

/** Room for an upload that counts for nobody. */
const unbounded: Room = { grow: () => {}, leave: () => {} }

/**
 * @param taken loads what an actor has stored, and resolves with a function that says what they have stored and announced
 * at that moment. So an upload that becomes known to the store meanwhile is neither missed nor counted twice. Room that is
 * kept here is not part of it.
 */
export function createStorageRoom(deps: {
  quotas: QuotaTable
  taken: (actor: Actor) => Promise<() => Taken>
}): StorageRoom {
  const kept = new Map<string, Taken>()
  const turns = keyedQueue()

  return {
    async forUpload(actor, bytes) {
      const own = quotasOf(deps.quotas, actor)
      if (!own) return unbounded
      const payer = payerOf(actor)
      // One after the other, so that simultaneous uploads count for each other.
      return turns.run(payer, async () => {
        const stored = (await deps.taken(actor))()
        const arriving = kept.get(payer) ?? { bytes: 0, uploads: 0 }
        if (stored.uploads + arriving.uploads >= own.uploads) throw tooManyUploads({ limit: own.uploads })
        kept.set(payer, arriving)
        let mine = 0
        const grow = (more: number) => {
          if (stored.bytes + arriving.bytes + more > own.storedBytes)
            throw storageFull({ limit_bytes: own.storedBytes, used_bytes: stored.bytes })
          arriving.bytes += more
          mine += more
        }
        grow(bytes)
        arriving.uploads += 1
        let isOver = false
        const leave = () => {
          if (isOver) return
          isOver = true
          arriving.bytes -= mine
          arriving.uploads -= 1
          if (arriving.uploads === 0 && kept.get(payer) === arriving) kept.delete(payer)
        }
        return { grow, leave }
      })
    },
  }
}
