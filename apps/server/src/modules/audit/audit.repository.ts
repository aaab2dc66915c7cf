import {
  and,
  asc,
  count,
  desc,
  eq,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  not,
  sql,
  type SQL,
} from 'drizzle-orm'
import { z } from 'zod'
import type { AuditEntry, AuditFilter, ListQuery } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { sortColumn } from '../../adapters/database/sort-column.ts'
import { createAuditAppender } from './audit.append.ts'
import { refusedPrefix, type ChainedEntry, type ChainHead } from './audit.chain.ts'
import { auditChain, auditLog } from './audit.tables.ts'

type Row = typeof auditLog.$inferSelect

const toEntry = (row: Row, names: ReadonlyMap<string, string>): AuditEntry => ({
  id: row.id,
  number: row.number,
  actor: row.actor,
  actor_id: row.actorId,
  action: row.action,
  target: row.target,
  target_name: names.get(row.target) ?? null,
  details: row.details,
  request_id: row.requestId,
  created_at: row.createdAt.toISOString(),
  hash: row.hash,
})

const statedName = sql<string>`coalesce(${auditLog.details}#>>'{values,username}', ${auditLog.details}#>>'{values,name}')`
const isRowId = (target: string): boolean => z.uuid().safeParse(target).success

const sortColumns: Record<string, SQL> = {
  created_at: sql`${auditLog.createdAt}`,
  actor: sql`${auditLog.actor}`,
  action: sql`${auditLog.action}`,
  target: sql`${auditLog.target}`,
}

const isRefusal = sql`starts_with(${auditLog.action}, ${refusedPrefix})`

/** The entries that a filter finds; `q` is searched in actor, action and target. */
function whereOf({ q, from, to, outcome }: AuditFilter): SQL | undefined {
  const text = sql`lower(${auditLog.actor} || ' ' || ${auditLog.action} || ' ' || ${auditLog.target})`
  return and(
    eq(auditLog.erased, false),
    q ? sql`strpos(${text}, lower(${q}::text)) > 0` : undefined,
    from === undefined ? undefined : gte(auditLog.createdAt, new Date(from)),
    to === undefined ? undefined : lte(auditLog.createdAt, new Date(to)),
    outcome === undefined ? undefined : outcome === 'refused' ? isRefusal : not(isRefusal),
  )
}

/** How many entries are read at once for a file or a check. */
const readAtOnce = 500

/** Every entry of the chain in its order. */
async function* chainedEntries(db: Database): AsyncGenerator<ChainedEntry> {
  let last = Number.MIN_SAFE_INTEGER
  for (;;) {
    const rows = await db
      .select()
      .from(auditLog)
      .where(gt(auditLog.number, last))
      .orderBy(asc(auditLog.number))
      .limit(readAtOnce)
    if (rows.length === 0) return
    yield* rows
    last = rows.at(-1)?.number ?? last
  }
}

/**
 * The audit log in PostgreSQL, each entry chained to the one before by `key`. Entries are written and read, but never
 * changed. Only the contents of those about refusals are removed after a time.
 */
export type AuditRepository = ReturnType<typeof createAuditRepository>

export function createAuditRepository({ db, key }: { db: Database; key: string }) {
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
    /** Appends an entry. Resolves when it is stored. */
    add: createAuditAppender({ db, key }),

    /** The number of entries of an action in the last hour. */
    async countOfLastHour(action: string): Promise<number> {
      const recent = sql`${auditLog.createdAt} > now() - interval '1 hour'`
      const [counted] = await db
        .select({ total: count() })
        .from(auditLog)
        .where(and(recent, eq(auditLog.action, action)))
      return counted?.total ?? 0
    },

    /** Removes the contents of the refusals from before a time. Their places in the chain stay. */
    async eraseRefusals(moment: Date): Promise<void> {
      await db
        .update(auditLog)
        .set({ erased: true, actor: '', actorId: null, target: '', details: {}, requestId: null })
        .where(and(eq(auditLog.erased, false), isRefusal, lt(auditLog.createdAt, moment)))
    },

    /** All entries that a filter finds, the oldest first, in pieces. */
    async *pieces(filter: AuditFilter): AsyncGenerator<AuditEntry[]> {
      const found = whereOf(filter)
      let last = Number.MIN_SAFE_INTEGER
      for (;;) {
        const rows = await db
          .select()
          .from(auditLog)
          .where(and(found, gt(auditLog.number, last)))
          .orderBy(asc(auditLog.number))
          .limit(readAtOnce)
        if (rows.length === 0) return
        const names = await namesOf([...new Set(rows.map(({ target }) => target).filter(isRowId))])
        yield rows.map((row) => toEntry(row, names))
        last = rows.at(-1)?.number ?? last
      }
    },

    /** What a check of the chain reads. */
    async chain(): Promise<{
      head: ChainHead | null
      entries: AsyncIterable<ChainedEntry>
      unnumbered: () => Promise<number>
    }> {
      const [head] = await db.select().from(auditChain)
      return {
        head: head ?? null,
        entries: chainedEntries(db),
        async unnumbered() {
          const [counted] = await db.select({ total: count() }).from(auditLog).where(isNull(auditLog.number))
          return counted?.total ?? 0
        },
      }
    },

    /** A page of entries, newest first unless sorted otherwise. */
    async list(query: ListQuery & AuditFilter): Promise<{ items: AuditEntry[]; total: number }> {
      const where = whereOf(query)
      const column = sortColumn(sortColumns, query.sort)
      const newestFirst = !column || query.sort.startsWith('-')
      const order = column ?? sql`${auditLog.createdAt}`
      const rows = await db
        .select()
        .from(auditLog)
        .where(where)
        .orderBy(...(newestFirst ? [desc(order), desc(auditLog.number)] : [asc(order), asc(auditLog.number)]))
        .limit(query.page_size)
        .offset((query.page - 1) * query.page_size)
      const [counted] = await db.select({ total: count() }).from(auditLog).where(where)
      const names = await namesOf([...new Set(rows.map(({ target }) => target).filter(isRowId))])
      return { items: rows.map((row) => toEntry(row, names)), total: counted?.total ?? 0 }
    },
  }
}
