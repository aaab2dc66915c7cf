import { containing, translationContains } from '../../adapters/database/like-pattern.ts'
import {
  and,
  asc,
  count,
  desc,
  eq,
  ilike,
  isNotNull,
  isNull,
  or,
  inArray,
  sql,
  type AnyColumn,
} from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { sortColumn } from '../../adapters/database/sort-column.ts'
import { briefServiceQueries } from './brief-services.repository.ts'
import { algorithmServices, type ServiceOptions } from './services.tables.ts'

/** The desired state of a service. */
export type StoredService = typeof algorithmServices.$inferSelect
/** The row of a new service. */
export type NewService = typeof algorithmServices.$inferInsert

/** What is searched for, and the services whose published title contains it. */
export type ServiceSearch = { q: string; presented: readonly string[] }

/** Rows of `algorithm_services`. */
export type ServicesRepository = ReturnType<typeof createServicesRepository>

const sortable: Record<string, AnyColumn> = {
  id: algorithmServices.id,
  name: algorithmServices.name,
  created_at: algorithmServices.createdAt,
  updated_at: algorithmServices.updatedAt,
  front_port: algorithmServices.frontPort,
}

/** `name` is ascending and `-name` descending. For an unknown key, the order is that of creation. */
function orderOf(sort: string) {
  const column = sortColumn(sortable, sort) ?? algorithmServices.createdAt
  return sort.startsWith('-') ? desc(column) : asc(column)
}

/**
 * What a search finds: services one of whose names or whose ID contains this text, whose port begins with it, and these others
 * (`presented`). Undefined if it is blank, for all.
 */
function found({ q, presented }: ServiceSearch) {
  const wanted = q.trim()
  if (wanted === '') return undefined
  const pattern = containing(wanted)
  return or(
    ilike(algorithmServices.id, pattern),
    ilike(algorithmServices.name, pattern),
    translationContains(algorithmServices.translations, pattern),
    sql`starts_with(${algorithmServices.frontPort}::text, ${wanted})`,
    inArray(algorithmServices.id, [...presented]),
  )
}

/** The options of a service with some of them changed, merged by the database. */
const withOptions = (change: Partial<ServiceOptions>) =>
  sql`${algorithmServices.options} || ${JSON.stringify(change)}::jsonb`

/**
 * Takes the previews of a service along to another group or owner: those that are still where it is. Otherwise, who has lost the service
 * would keep its newest code. The service itself is moved afterwards, in the same transaction.
 */
async function movePreviews(
  db: Pick<Database, 'select' | 'update'>,
  id: string,
  to: { groupId: string | null } | { ownerId: string; ownerName: string },
): Promise<void> {
  const { groupId, ownerId, previewOf } = algorithmServices
  const [service] = await db
    .select({ groupId, ownerId })
    .from(algorithmServices)
    .where(eq(algorithmServices.id, id))
    .for('update')
  if (!service) return
  const inSameGroup = service.groupId === null ? isNull(groupId) : eq(groupId, service.groupId)
  const isAlong = 'groupId' in to ? inSameGroup : eq(ownerId, service.ownerId)
  await db
    .update(algorithmServices)
    .set({ ...to, updatedAt: new Date() })
    .where(and(eq(previewOf, id), isAlong))
}

export function createServicesRepository({ db }: { db: Database }) {
  return {
    ...briefServiceQueries({ db }),
    all: (): Promise<StoredService[]> =>
      db.select().from(algorithmServices).orderBy(algorithmServices.createdAt),
    /** Those whose number of instances a rule decides. */
    scaled: (): Promise<StoredService[]> =>
      db.select().from(algorithmServices).where(isNotNull(algorithmServices.scaling)),
    /** The existing ones among these services. */
    some: (ids: readonly string[]): Promise<StoredService[]> =>
      db
        .select()
        .from(algorithmServices)
        .where(inArray(algorithmServices.id, [...ids])),
    async list(page: {
      groupId?: string | undefined
      ids?: readonly string[] | undefined
      /** Only these services. Null for all. */
      within: readonly string[] | null
      /** Null for all. */
      search: ServiceSearch | null
      sort: string
      limit: number
      offset: number
    }): Promise<{ rows: StoredService[]; total: number }> {
      const where = and(
        page.search === null ? undefined : found(page.search),
        page.groupId === undefined ? undefined : eq(algorithmServices.groupId, page.groupId),
        page.ids === undefined ? undefined : inArray(algorithmServices.id, [...page.ids]),
        page.within === null ? undefined : inArray(algorithmServices.id, [...page.within]),
      )
      const [rows, [totals]] = await Promise.all([
        db
          .select()
          .from(algorithmServices)
          .where(where)
          .orderBy(orderOf(page.sort), asc(algorithmServices.id))
          .limit(page.limit)
          .offset(page.offset),
        db.select({ total: count() }).from(algorithmServices).where(where),
      ])
      return { rows, total: totals?.total ?? 0 }
    },
    async get(id: string): Promise<StoredService | null> {
      const [row] = await db.select().from(algorithmServices).where(eq(algorithmServices.id, id))
      return row ?? null
    },
    /** Like `get`, but locks the row until the end of the transaction. */
    async lock(id: string): Promise<StoredService | null> {
      const [row] = await db
        .select()
        .from(algorithmServices)
        .where(eq(algorithmServices.id, id))
        .for('update')
      return row ?? null
    },
    /** Creates the row of a new service. Null if the id is taken. */
    async insert(row: NewService): Promise<StoredService | null> {
      const [inserted] = await db
        .insert(algorithmServices)
        .values(row)
        .onConflictDoNothing({ target: algorithmServices.id })
        .returning()
      return inserted ?? null
    },
    /**
     * Changes columns. Options that are not given stay as they are, so simultaneous changes of others are kept. To another group, the
     * previews go along that were in the same one.
     */
    async update(
      id: string,
      {
        options,
        ...columns
      }: Partial<{
        name: string
        desired: StoredService['desired']
        asleep: boolean
        replicas: number
        scaling: StoredService['scaling']
        mode: StoredService['mode']
        limits: StoredService['limits']
        idleMinutes: number | null
        unhealthyProbes: number | null
        frontPort: number | null
        currentRelease: number
        translations: StoredService['translations']
        groupId: string | null
        configRevision: number
        options: Partial<ServiceOptions>
      }>,
    ): Promise<void> {
      const { groupId } = columns
      await db.transaction(async (transaction) => {
        if (groupId !== undefined) await movePreviews(transaction, id, { groupId })
        await transaction
          .update(algorithmServices)
          .set({ ...columns, ...(options && { options: withOptions(options) }), updatedAt: new Date() })
          .where(eq(algorithmServices.id, id))
      })
    },
    /**
     * Stores the number of instances that a rule wants, within its bounds of now. With `isPresent`, the number is what there is, and
     * is stored as it is. Resolves with false, and changes nothing, if there is no rule any more.
     */
    async setByRule(id: string, replicas: number, { isPresent = false } = {}): Promise<boolean> {
      const { scaling } = algorithmServices
      const [min, max] = [sql`(${scaling} ->> 'min')::int`, sql`(${scaling} ->> 'max')::int`]
      const within = sql`least(${max}, greatest(${min}, ${replicas}::int))`
      const changed = await db
        .update(algorithmServices)
        .set({ replicas: isPresent ? replicas : within, updatedAt: new Date() })
        .where(and(eq(algorithmServices.id, id), isNotNull(scaling)))
        .returning({ id: algorithmServices.id })
      return changed.length > 0
    },
    /** Gives a service the variables of a revision, unless it has those of a later one. Resolves with what it has then. */
    async raiseConfigRevision(id: string, revision: number): Promise<number> {
      const [row] = await db
        .update(algorithmServices)
        .set({ configRevision: sql`greatest(${algorithmServices.configRevision}, ${revision})` })
        .where(eq(algorithmServices.id, id))
        .returning({ has: algorithmServices.configRevision })
      return row?.has ?? revision
    },
    /** The accounts that services have. */
    async accounts(): Promise<{ id: string; account: number }[]> {
      const { id, account } = algorithmServices
      const rows = await db.select({ id, account }).from(algorithmServices).where(isNotNull(account))
      return rows.flatMap((row) => (row.account === null ? [] : [{ id: row.id, account: row.account }]))
    },
    /** The account of a service; null if it has none, or does not exist. */
    async account(id: string): Promise<number | null> {
      const { account } = algorithmServices
      const [row] = await db.select({ account }).from(algorithmServices).where(eq(algorithmServices.id, id))
      return row?.account ?? null
    },
    /** Gives a service an account. Rejects if another service has it. */
    async giveAccount(id: string, account: number): Promise<void> {
      await db.update(algorithmServices).set({ account }).where(eq(algorithmServices.id, id))
    },
    /** Gives a service another owner, with its previews. Resolves with whether it was still `from` that had it. */
    async handOver(
      id: string,
      { from, to }: { from: string; to: { ownerId: string; ownerName: string } },
    ): Promise<boolean> {
      return db.transaction(async (transaction) => {
        const isFrom = and(eq(algorithmServices.id, id), eq(algorithmServices.ownerId, from))
        const rows = await transaction
          .select({ id: algorithmServices.id })
          .from(algorithmServices)
          .where(isFrom)
          .for('update')
        if (rows.length === 0) return false
        await movePreviews(transaction, id, to)
        await transaction
          .update(algorithmServices)
          .set({ ...to, updatedAt: new Date() })
          .where(isFrom)
        return true
      })
    },
    async delete(id: string): Promise<void> {
      await db.delete(algorithmServices).where(eq(algorithmServices.id, id))
    },
    /** The previews of one service, or of all, the oldest first. */
    previews: (of?: string): Promise<StoredService[]> =>
      db
        .select()
        .from(algorithmServices)
        .where(
          of === undefined ? isNotNull(algorithmServices.previewOf) : eq(algorithmServices.previewOf, of),
        )
        .orderBy(algorithmServices.createdAt),
    /** How many services a person has. */
    async countOf(ownerId: string): Promise<number> {
      const isOwn = eq(algorithmServices.ownerId, ownerId)
      const [counted] = await db.select({ all: count() }).from(algorithmServices).where(isOwn)
      return counted?.all ?? 0
    },
    /** A service that runs an algorithm, or null. */
    async runningAlgorithm(algorithmId: string): Promise<string | null> {
      const [row] = await db
        .select({ id: algorithmServices.id })
        .from(algorithmServices)
        .where(eq(algorithmServices.algorithmId, algorithmId))
        .limit(1)
      return row?.id ?? null
    },
  }
}
