import { and, count, desc, eq, exists, inArray, isNull, lt, or, sql } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import type { HistoryEvent } from './history.ts'
import { instances } from '../instances/instances.tables.ts'
import { algorithmServices, serviceEvents } from '../services/services.tables.ts'

/** An event as it is stored. */
export type StoredEvent = typeof serviceEvents.$inferSelect

/** Rows of `service_events`. */
export type HistoryRepository = ReturnType<typeof createHistoryRepository>

export function createHistoryRepository({ db }: { db: Database }) {
  return {
    /** Stores events. Those of deleted services are dropped. */
    async insert(events: readonly HistoryEvent[]): Promise<void> {
      const ids = [...new Set(events.map(({ serviceId }) => serviceId))]
      await db.transaction(async (tx) => {
        const rows = await tx
          .select({ id: algorithmServices.id })
          .from(algorithmServices)
          .where(inArray(algorithmServices.id, ids))
          .for('key share')
        const known = new Set(rows.map(({ id }) => id))
        const kept = events.filter(({ serviceId }) => known.has(serviceId))
        if (kept.length > 0) await tx.insert(serviceEvents).values(kept)
      })
    },
    /** The last event of each service and of each instance that has not been removed. */
    latest: (): Promise<HistoryEvent[]> =>
      db
        .selectDistinctOn([serviceEvents.serviceId, serviceEvents.instanceId])
        .from(serviceEvents)
        .where(
          or(
            isNull(serviceEvents.instanceId),
            inArray(serviceEvents.instanceId, db.select({ id: instances.id }).from(instances)),
          ),
        )
        .orderBy(serviceEvents.serviceId, serviceEvents.instanceId, desc(serviceEvents.id)),
    /** A page of a service's events, newest first. */
    async list(
      serviceId: string,
      page: { limit: number; offset: number },
    ): Promise<{ rows: StoredEvent[]; total: number }> {
      const where = eq(serviceEvents.serviceId, serviceId)
      const [rows, [totals]] = await Promise.all([
        db
          .select()
          .from(serviceEvents)
          .where(where)
          .orderBy(desc(serviceEvents.id))
          .limit(page.limit)
          .offset(page.offset),
        db.select({ total: count() }).from(serviceEvents).where(where),
      ])
      return { rows, total: totals?.total ?? 0 }
    },
    /** Deletes events from before a time, and all but the newest `perService` of each service. */
    async deleteOld(limits: { before: Date; perService: number }): Promise<void> {
      await db.delete(serviceEvents).where(lt(serviceEvents.at, limits.before))
      const ranked = db
        .select({
          id: serviceEvents.id,
          place:
            sql<number>`row_number() over (partition by ${serviceEvents.serviceId} order by ${serviceEvents.id} desc)`.as(
              'place',
            ),
        })
        .from(serviceEvents)
        .as('ranked')
      const beyond = db
        .select({ one: sql`1` })
        .from(ranked)
        .where(and(eq(ranked.id, serviceEvents.id), sql`${ranked.place} > ${limits.perService}`))
      await db.delete(serviceEvents).where(exists(beyond))
    },
  }
}
