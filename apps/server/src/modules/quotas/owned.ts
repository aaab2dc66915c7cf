import type { Actor } from '../../lib/actor.ts'
import { tooManyAlgorithms, tooManyServices } from './quotas.errors.ts'
import { quotasOf, type QuotaTable } from './quotas.ts'

const refusals = { algorithms: tooManyAlgorithms, services: tooManyServices }

/**
 * Throws `quota.algorithms` or `quota.services` if an actor has as many as they may. The caller sees to it that nothing is
 * added between the count and what it then stores.
 */
export async function requireRoomForOneMore(
  quotas: QuotaTable,
  actor: Actor,
  kind: keyof typeof refusals,
  countOf: (ownerId: string) => Promise<number>,
): Promise<void> {
  const limit = quotasOf(quotas, actor)?.[kind]
  if (limit !== undefined && (await countOf(actor.id)) >= limit) throw refusals[kind]({ limit })
}
