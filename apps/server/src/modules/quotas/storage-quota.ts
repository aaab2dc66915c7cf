import type { Actor } from '../../lib/actor.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import { storageFull, tooManyUploads } from './quotas.errors.ts'
import { payerOf, quotasOf, type Quotas, type QuotaTable } from './quotas.ts'

/** What somebody has in the store, or has announced to send. */
export type Taken = { bytes: number; uploads: number }

/** For whom bytes are stored: a person, or a visitor of a person's links. */
export type Payer = Pick<Actor, 'id' | 'role' | 'linksOf'>

/** Room in the store that is kept for bytes that are still arriving. */
export type StorageReservation = {
  /** Takes room for more bytes than announced. Throws `quota.storage`. */
  grow: (bytes: number) => void
  /** Ends the reservation: what it was for is stored or announced by now, and counts there. A second end has no effect. */
  settle: () => void
  /** Ends the reservation: nothing of what it was for is stored. A second end has no effect. */
  giveBack: () => void
}

/** Takes room for bytes as they arrive, beyond those that were announced when the reservation was opened. Throws `quota.storage`. */
export function growBeyond(
  { grow }: Pick<StorageReservation, 'grow'>,
  announced: number,
): (bytes: number) => void {
  let left = announced
  return (bytes) => {
    if (bytes > left) grow(bytes - left)
    left = Math.max(0, left - bytes)
  }
}

/** The quota of the store, of which everybody has their own share. */
export type StorageQuota = {
  /**
   * Keeps room for one upload of an actor. Throws `quota.uploads` if too many are unfinished, and `quota.storage` if it
   * does not fit beside all that is stored and announced.
   */
  forUpload: (actor: Payer, bytes: number) => Promise<StorageReservation>
  /**
   * Takes one of the uploads of an actor for the code of a package, which counts only while it is received: the place that it takes
   * meanwhile is bounded by their number. Resolves with the function that gives it back. Throws `quota.uploads`.
   */
  forPackage: (actor: Payer) => Promise<() => void>
  /** Throws `quota.storage` if an actor has more in the store than they may. */
  requireRoom: (actor: Payer) => Promise<void>
}

/** Room for an upload that counts for nobody. */
const unbounded: StorageReservation = { grow: () => {}, settle: () => {}, giveBack: () => {} }

/** The open reservations of a payer: their bytes, how many they are, and the bytes of those that ended as stored meanwhile. */
type Share = { bytes: number; reservations: number; settled: number }

/**
 * @param taken loads what an actor has stored, and resolves with a function that says what they have stored and announced
 * at that moment. So an upload that becomes known to the store meanwhile is neither missed nor counted twice. Room that is
 * kept here is not part of it.
 */
export function createStorageQuota(deps: {
  quotas: QuotaTable
  taken: (actor: Payer) => Promise<() => Taken>
}): StorageQuota {
  const shares = new Map<string, Share>()
  const queue = keyedQueue()

  /** What an actor has in the store, read at a moment when nothing of theirs moved from the reservations to the store. */
  async function storedBeside(share: Share, actor: Payer): Promise<Taken> {
    for (;;) {
      const before = share.settled
      const stored = (await deps.taken(actor))()
      if (share.settled === before) return stored
    }
  }

  /** A reservation in a share, and how it is opened for what is announced. */
  function enter(payer: string, share: Share) {
    share.reservations += 1
    let mine = 0
    let isOver = false
    const end = (isStored: boolean) => {
      if (isOver) return
      isOver = true
      share.bytes -= mine
      share.reservations -= 1
      if (isStored) share.settled += mine
      if (share.reservations === 0) shares.delete(payer)
    }
    const open = (stored: Taken, limit: number, bytes: number): StorageReservation => {
      const { settled } = share
      const grow = (more: number) => {
        // `stored` was read when this reservation was opened, so what was stored since then is added.
        const used = stored.bytes + share.settled - settled
        if (used + share.bytes + more > limit) throw storageFull({ limit_bytes: limit, used_bytes: used })
        share.bytes += more
        mine += more
      }
      grow(bytes)
      return { grow, settle: () => end(true), giveBack: () => end(false) }
    }
    return { open, leave: () => end(false) }
  }

  /** Enters one more upload of an actor. One after the other, so that simultaneous uploads count for each other. */
  function entered<T>(
    actor: Payer,
    { uploads: limit }: Quotas,
    begin: (place: ReturnType<typeof enter>, stored: Taken) => T,
  ): Promise<T> {
    const payer = payerOf(actor)
    return queue.run(payer, async () => {
      const share = shares.get(payer) ?? { bytes: 0, reservations: 0, settled: 0 }
      shares.set(payer, share)
      const place = enter(payer, share)
      try {
        const stored = await storedBeside(share, actor)
        if (stored.uploads + share.reservations > limit) throw tooManyUploads({ limit })
        return begin(place, stored)
      } catch (error) {
        place.leave()
        throw error
      }
    })
  }

  return {
    async requireRoom(actor) {
      const own = quotasOf(deps.quotas, actor)
      if (!own) return
      const { bytes } = (await deps.taken(actor))()
      if (bytes > own.storedBytes) throw storageFull({ limit_bytes: own.storedBytes, used_bytes: bytes })
    },
    async forUpload(actor, bytes) {
      const own = quotasOf(deps.quotas, actor)
      if (!own) return unbounded
      return entered(actor, own, ({ open }, stored) => open(stored, own.storedBytes, bytes))
    },
    async forPackage(actor) {
      const own = quotasOf(deps.quotas, actor)
      return own ? entered(actor, own, ({ leave }) => leave) : () => {}
    },
  }
}
