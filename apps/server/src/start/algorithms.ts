import { systemClock } from '../lib/clock.ts'
import { keyedQueue } from '../lib/keyed-queue.ts'
import type { AlgorithmsDeps } from '../modules/algorithms/algorithms.deps.ts'
import { algorithmsOf } from '../modules/algorithms/algorithms.repository.ts'
import { createCodeRoom } from '../modules/quotas/code-room.ts'
import type { QuotaTable } from '../modules/quotas/quotas.ts'
import type { ServicesRepository } from '../modules/services/services.repository.ts'
import { defaultUploadLimits } from '../modules/sources/upload-limits.ts'
import type { ModulesInput } from './modules-input.ts'

/** Wires what keeps the code of algorithms. */
export function wireAlgorithms(
  { drivers, paths }: ModulesInput,
  { services, quotas }: { services: ServicesRepository; quotas: QuotaTable },
): AlgorithmsDeps {
  const { db, codeHost } = drivers
  return {
    quotas,
    codeRoom: createCodeRoom({
      quotas,
      ownedBy: (ownerId) => algorithmsOf(db, ownerId),
      measure: (ids) => codeHost.sizes(ids),
      clock: systemClock,
    }),
    db,
    codeHost,
    clock: systemClock,
    uploads: { uploadsFolder: paths.uploads, limits: defaultUploadLimits },
    turns: keyedQueue(),
    isInUse: (algorithmId) => services.runningAlgorithm(algorithmId),
  }
}
