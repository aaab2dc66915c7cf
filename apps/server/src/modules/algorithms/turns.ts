import type { Actor } from '../../lib/actor.ts'
import type { AlgorithmsDeps } from './algorithms.deps.ts'

/**
 * Does something with an algorithm when those who came before are done with it, so that its code and its rows change together. `of` is its ID, or
 * a text with a space for something else that has turns.
 */
export const inTurnOf = <T>(
  deps: Pick<AlgorithmsDeps, 'queue'>,
  of: string,
  use: () => Promise<T>,
): Promise<T> => deps.queue.run(of, use)

/**
 * Does something that adds code of an owner, in the turn of this owner: so simultaneous changes count for each other. `use` gets the bytes
 * that it may add: what the owner has room for, but at most `most` (if absent, what an upload may have unpacked). Throws `quota.code` if the
 * owner has no room at all.
 *
 * @param actor whose limit applies
 */
export const withCodeRoom = <T>(
  deps: Pick<AlgorithmsDeps, 'queue' | 'codeQuota' | 'uploads'>,
  {
    actor,
    id,
    ownerId,
    most,
  }: { actor: Pick<Actor, 'id' | 'role'>; id: string; ownerId: string; most?: number },
  use: (bytes: number) => Promise<T>,
): Promise<T> =>
  deps.queue.run(`code of ${ownerId}`, async () => {
    // Read when the turn has come: an administrator can change it.
    const limit = most ?? deps.uploads.limits.unpackedBytes
    const { bytes, giveBack } = await deps.codeQuota.enter(actor, { id, ownerId }, limit)
    try {
      return await use(bytes)
    } finally {
      giveBack()
    }
  })
