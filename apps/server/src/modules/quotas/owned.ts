import type { Actor } from '../../lib/actor.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import {
  tooManyAlgorithms,
  tooManyApiKeys,
  tooManyComparisons,
  tooManyInvites,
  tooManyServices,
  tooManyShares,
} from './quotas.errors.ts'
import { quotasOf, type QuotaTable } from './quotas.ts'

const refusals = {
  algorithms: tooManyAlgorithms,
  services: tooManyServices,
  apiKeys: tooManyApiKeys,
  shares: tooManyShares,
  invites: tooManyInvites,
  comparisons: tooManyComparisons,
}

/** What people own a limited number of. */
type OwnedKind = keyof typeof refusals

/**
 * Throws `quota.algorithms`, `quota.services` or that of another kind if an actor has as many as they may. The caller sees to it
 * that nothing is added between the count and what it then stores.
 */
export async function requireRoomForOneMore(
  quotas: QuotaTable,
  actor: Pick<Actor, 'id' | 'role'>,
  kind: OwnedKind,
  countOf: (ownerId: string) => Promise<number>,
): Promise<void> {
  const limit = quotasOf(quotas, actor)?.[kind]
  if (limit !== undefined && (await countOf(actor.id)) >= limit) throw refusals[kind]({ limit })
}

/** Stores what people own a limited number of. */
export type OwnedRoom = {
  /**
   * Stores one more of a kind for an actor, one after the other, so that simultaneous ones count for each other. Throws as
   * {@link requireRoomForOneMore} does, before anything is stored.
   */
  storeOneMore<T>(
    actor: Pick<Actor, 'id' | 'role'>,
    kind: OwnedKind,
    work: { countOf: (ownerId: string) => Promise<number>; store: () => Promise<T> },
  ): Promise<T>
}

export function createOwnedRoom(quotas: QuotaTable): OwnedRoom {
  const queue = keyedQueue()
  return {
    storeOneMore: (actor, kind, { countOf, store }) =>
      queue.run(`${kind} ${actor.id}`, async () => {
        await requireRoomForOneMore(quotas, actor, kind, countOf)
        return store()
      }),
  }
}
