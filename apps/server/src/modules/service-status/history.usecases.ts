import type { ServiceEvent } from '@vitrine/contract'
import type { Language } from '../../lib/errors.ts'
import type { HistoryRepository } from './history.repository.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import { loadService } from '../services/services.usecases.ts'

/** What reading histories needs. */
export type HistoryDeps = { services: ServicesRepository; history: HistoryRepository }

/** The state changes of a service and its instances, newest first. */
export async function listHistory(
  deps: HistoryDeps,
  input: { id: string; language: Language; page: number; page_size: number },
): Promise<{ items: ServiceEvent[]; total: number }> {
  const { id } = await loadService(deps, input.id)
  const { page, page_size: limit } = input
  const { rows, total } = await deps.history.list(id, { limit, offset: (page - 1) * limit })
  const items = rows.map(({ at, serviceId, instanceId, reason, ...row }) => ({
    id: String(row.id),
    at: at.toISOString(),
    service_id: serviceId,
    instance_id: instanceId,
    release: row.release,
    status: row.status,
    health: row.health,
    reason: reason?.[input.language] ?? null,
  }))
  return { items, total }
}

const dayMs = 24 * 3600 * 1000
/** How many days and how many events of a service are kept. */
const kept = { days: 30, perService: 1_000 }

/** Deletes events that are too old or too many. */
export const forgetOldHistory = (deps: Pick<HistoryDeps, 'history'>, now: Date): Promise<void> =>
  deps.history.deleteOld({
    before: new Date(now.getTime() - kept.days * dayMs),
    perService: kept.perService,
  })
