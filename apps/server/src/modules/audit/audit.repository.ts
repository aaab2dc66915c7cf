import { and, asc, count, desc, eq, inArray, isNotNull, lt, sql, type SQL } from 'drizzle-orm'
import { z } from 'zod'
import type { AuditEntry, Json, ListQuery } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { sortColumn } from '../../adapters/database/sort-column.ts'
import { auditLog } from './audit.tables.ts'

type Row = typeof auditLog.$inferSelect

const toEntry = (row: Row, names: ReadonlyMap<string, string>): AuditEntry => ({
  id: row.id,
  actor: row.actor,
  action: row.action,
  target: row.target,
  target_name: names.get(row.target) ?? null,
  details: row.details,
  request_id: row.requestId,
  created_at: row.createdAt.toISOString(),
})

const statedName = sql<string>`coalesce(${auditLog.details}#>>'{values,username}', ${auditLog.details}#>>'{values,name}')`
const isRowId = (target: string): boolean => z.uuid().safeParse(target).success

const sortColumns: Record<string, SQL> = {
  created_at: sql`${auditLog.createdAt}`,
  actor: sql`${auditLog.actor}`,
  action: sql`${auditLog.action}`,
  target: sql`${auditLog.target}`,
}

/** The audit log in PostgreSQL. Entries are written and read, but never changed. Only those about wrong passwords are removed after a time. */
export type AuditRepository = ReturnType<typeof createAuditRepository>

export function createAuditRepository({ db }: { db: Database }) {
  /** The last names that the log itself states for these ids. So people and keys have names also after they were deleted. */
  async function namesOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map()
    const found = await db
      .selectDistinctOn([auditLog.target], { target: auditLog.target, name: statedName })
      .from(auditLog)
      .where(and(inArray(auditLog.target, [...ids]), isNotNull(statedName)))
      .orderBy(asc(auditLog.target), desc(auditLog.createdAt))
    return new Map(found.map(({ target, name }) => [target, name]))
  }

  return {
    async add(entry: {
      actor: string
      action: string
      target: string
      details: Record<string, Json>
      requestId: string | null
    }): Promise<void> {
      await db.insert(auditLog).values(entry)
    },

    /** The number of entries of an action in the last hour. */
    async countOfLastHour(action: string): Promise<number> {
      const recent = sql`${auditLog.createdAt} > now() - interval '1 hour'`
      const [counted] = await db
        .select({ total: count() })
        .from(auditLog)
        .where(and(recent, eq(auditLog.action, action)))
      return counted?.total ?? 0
    },

    /** Removes entries of these actions from before a time. */
    async removeOlder(actions: readonly string[], moment: Date): Promise<void> {
      await db
        .delete(auditLog)
        .where(and(inArray(auditLog.action, [...actions]), lt(auditLog.createdAt, moment)))
    },

    /** A page of entries, newest first unless sorted otherwise. `q` is searched in actor, action and target. */
    async list(query: ListQuery): Promise<{ items: AuditEntry[]; total: number }> {
      const where = query.q
        ? sql`strpos(lower(${auditLog.actor} || ' ' || ${auditLog.action} || ' ' || ${auditLog.target}), lower(${query.q}::text)) > 0`
        : undefined
      const column = sortColumn(sortColumns, query.sort)
      const newestFirst = !column || query.sort.startsWith('-')
      const order = column ?? sql`${auditLog.createdAt}`
      const rows = await db
        .select()
        .from(auditLog)
        .where(where)
        .orderBy(newestFirst ? desc(order) : asc(order), asc(auditLog.id))
        .limit(query.page_size)
        .offset((query.page - 1) * query.page_size)
      const [counted] = await db.select({ total: count() }).from(auditLog).where(where)
      const names = await namesOf([...new Set(rows.map(({ target }) => target).filter(isRowId))])
      return { items: rows.map((row) => toEntry(row, names)), total: counted?.total ?? 0 }
    },
  }
}
