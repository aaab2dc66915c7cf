import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import { codeFull } from './quotas.errors.ts'
import { quotasOf, type QuotaTable } from './quotas.ts'

/** The person whose limit applies. */
type Payer = Pick<Actor, 'id' | 'role'>

/** Room for the code of algorithms, of which every owner has a share. */
export type CodeQuota = {
  /** Throws `quota.code` if the owner of an algorithm has no room at all. Reserves nothing. */
  need: (actor: Payer, algorithm: { ownerId: string }) => Promise<void>
  /**
   * Keeps up to `most` bytes for a change of an algorithm. Throws `quota.code` if its owner has no room at all. `bytes` is
   * what may be added. The caller calls `giveBack` when the change is made or has failed; then the repository is measured again.
   */
  enter: (
    actor: Payer,
    algorithm: { id: string; ownerId: string },
    most: number,
  ) => Promise<{ bytes: number; giveBack: () => void }>
}

/**
 * How long a measured size counts, in milliseconds, if nobody changes the repository: git tidies up, and what pushes that
 * broke off have left is removed.
 */
const sizeForMs = 60 * 60_000

/**
 * @param ownedBy the ids of a person's algorithms
 * @param measure the bytes that their repositories take on the disk
 */
export function createCodeQuota(deps: {
  quotas: QuotaTable
  ownedBy: (ownerId: string) => Promise<string[]>
  measure: (algorithmIds: readonly string[]) => Promise<ReadonlyMap<string, number>>
  clock: Clock
}): CodeQuota {
  const sizes = new Map<string, { bytes: number; until: number }>()
  /** Room that is reserved for changes in progress, by owner. */
  const kept = new Map<string, number>()
  /** How often a change of each repository has ended. */
  const changes = new Map<string, number>()
  const queue = keyedQueue()

  function forgetSize(id: string): void {
    sizes.delete(id)
    changes.set(id, (changes.get(id) ?? 0) + 1)
  }

  async function storedBytes(ownerId: string): Promise<number> {
    const ids = await deps.ownedBy(ownerId)
    const now = deps.clock().getTime()
    const stale = ids.filter((id) => (sizes.get(id)?.until ?? 0) <= now)
    const before = new Map(stale.map((id) => [id, changes.get(id)]))
    const measured = await deps.measure(stale)
    // Repositories that were changed meanwhile are measured again: their measurement may lack the change, whose reservation has ended.
    if (stale.some((id) => changes.get(id) !== before.get(id))) return storedBytes(ownerId)
    for (const id of stale) sizes.set(id, { bytes: measured.get(id) ?? 0, until: now + sizeForMs })
    return ids.reduce((sum, id) => sum + (sizes.get(id)?.bytes ?? 0), 0)
  }

  function keep(ownerId: string, change: number): void {
    const now = (kept.get(ownerId) ?? 0) + change
    if (now > 0) kept.set(ownerId, now)
    else kept.delete(ownerId)
  }

  /** The rest of a limit. Throws `quota.code` if nothing is left. */
  async function leftOf(limit: number, ownerId: string): Promise<number> {
    const used = (await storedBytes(ownerId)) + (kept.get(ownerId) ?? 0)
    if (used >= limit) throw codeFull({ limit_bytes: limit, used_bytes: used })
    return limit - used
  }

  return {
    async need(actor, { ownerId }) {
      const limit = quotasOf(deps.quotas, actor)?.codeBytes
      if (limit !== undefined) await queue.run(ownerId, () => leftOf(limit, ownerId))
    },
    async enter(actor, { id, ownerId }, most) {
      const limit = quotasOf(deps.quotas, actor)?.codeBytes
      if (limit === undefined) return { bytes: most, giveBack: () => forgetSize(id) }
      // One after the other, so that simultaneous changes count for each other.
      return queue.run(ownerId, async () => {
        const bytes = Math.min(most, await leftOf(limit, ownerId))
        keep(ownerId, bytes)
        let isOver = false
        const giveBack = () => {
          if (isOver) return
          isOver = true
          keep(ownerId, -bytes)
          forgetSize(id)
        }
        return { bytes, giveBack }
      })
    },
  }
}
