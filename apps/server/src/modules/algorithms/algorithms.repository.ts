import { containing, translationContains } from '../../adapters/database/like-pattern.ts'
import { and, asc, count, desc, eq, ilike, inArray, max, or, type AnyColumn, type SQL } from 'drizzle-orm'
import type { ListQuery } from '@vitrine/contract'
import { transactionsOf, type Database, type InTransaction } from '../../adapters/database/database.ts'
import { sortColumn } from '../../adapters/database/sort-column.ts'
import { algorithmRepositories, type RefusedPush } from './algorithm-repositories.tables.ts'
import { algorithms, algorithmVersions } from './algorithms.tables.ts'
import { versionsIn } from './algorithm-versions.repository.ts'
import type { CodePlaceRow } from './code-places.repository.ts'

/** An algorithm as it is stored. */
export type AlgorithmRow = typeof algorithms.$inferSelect
/** An algorithm with where its code is kept, and the number of its newest version. */
export type AlgorithmWithLatest = {
  row: AlgorithmRow
  repository: CodePlaceRow | null
  latest: number | null
}

const sortable: Record<string, AnyColumn> = {
  id: algorithms.id,
  name: algorithms.name,
  created_at: algorithms.createdAt,
  updated_at: algorithms.updatedAt,
}
/** The sort keys of a list. With `-` in front, the order is descending. */
export const algorithmSorts: readonly string[] = Object.keys(sortable).flatMap((key) => [key, `-${key}`])

function orderOf(sort: string): SQL {
  const column = sortColumn(sortable, sort) ?? algorithms.updatedAt
  return sort.startsWith('-') || sort === '' ? desc(column) : asc(column)
}

const withLatest = (db: Database) =>
  db
    .select({ row: algorithms, repository: algorithmRepositories, latest: max(algorithmVersions.number) })
    .from(algorithms)
    .leftJoin(algorithmRepositories, eq(algorithmRepositories.algorithmId, algorithms.id))
    .leftJoin(algorithmVersions, eq(algorithmVersions.algorithmId, algorithms.id))

/** The rows of algorithms themselves. */
const algorithmsIn = (db: Database) => ({
  /** A page of algorithms. `q` is searched in the id, the task, and the name and description in every language. */
  async list(
    query: ListQuery & {
      /** Only these. Null for all. */
      within: readonly string[] | null
    },
  ): Promise<{ items: AlgorithmWithLatest[]; total: number }> {
    const pattern = containing(query.q)
    const found = query.q
      ? or(
          ilike(algorithms.id, pattern),
          ilike(algorithms.name, pattern),
          ilike(algorithms.description, pattern),
          ilike(algorithms.task, pattern),
          translationContains(algorithms.translations, pattern),
        )
      : undefined
    const isWithin = query.within === null ? undefined : inArray(algorithms.id, [...query.within])
    const matches = and(found, isWithin)
    const items = await withLatest(db)
      .where(matches)
      .groupBy(algorithms.id, algorithmRepositories.algorithmId)
      .orderBy(orderOf(query.sort), asc(algorithms.id))
      .limit(query.page_size)
      .offset((query.page - 1) * query.page_size)
    const [totals] = await db.select({ total: count() }).from(algorithms).where(matches)
    return { items, total: totals?.total ?? 0 }
  },
  /** One algorithm, or null. */
  async get(id: string): Promise<AlgorithmWithLatest | null> {
    const [found] = await withLatest(db)
      .where(eq(algorithms.id, id))
      .groupBy(algorithms.id, algorithmRepositories.algorithmId)
    return found ?? null
  },
  /** The ids of the algorithms that a person has. */
  async ownedBy(ownerId: string): Promise<string[]> {
    const rows = await db
      .select({ id: algorithms.id })
      .from(algorithms)
      .where(eq(algorithms.ownerId, ownerId))
    return rows.map(({ id }) => id)
  },
  /** How many algorithms a person has. */
  async countOf(ownerId: string): Promise<number> {
    const [found] = await db
      .select({ total: count() })
      .from(algorithms)
      .where(eq(algorithms.ownerId, ownerId))
    return found?.total ?? 0
  },
  /** Creates an algorithm, or changes the given fields of an existing one. */
  async save(row: typeof algorithms.$inferInsert): Promise<void> {
    const { name, task, description, cover, packageWords, translations, updatedAt } = row
    await db.insert(algorithms).values(row).onConflictDoUpdate({
      target: algorithms.id,
      set: { name, task, description, cover, packageWords, translations, updatedAt },
    })
  },
  async change(id: string, change: { name?: string; description?: string; updatedAt: Date }): Promise<void> {
    await db.update(algorithms).set(change).where(eq(algorithms.id, id))
  },
  async remove(id: string): Promise<void> {
    await db.delete(algorithms).where(eq(algorithms.id, id))
  },
  /** Records the newest commit of an algorithm, and where its code is kept if nothing is recorded yet. */
  async saveRepository(row: typeof algorithmRepositories.$inferInsert): Promise<void> {
    const { lastCommit, lastSyncAt } = row
    await db
      .insert(algorithmRepositories)
      .values(row)
      .onConflictDoUpdate({
        target: algorithmRepositories.algorithmId,
        // What was pushed before is behind this version.
        set: { lastCommit, lastSyncAt, refusedPush: null },
      })
  },
  /** Records that the newest push did not become a version. */
  async noteRefusedPush(algorithmId: string, push: RefusedPush): Promise<void> {
    const own = eq(algorithmRepositories.algorithmId, algorithmId)
    await db.update(algorithmRepositories).set({ refusedPush: push }).where(own)
  },
})

const recordsOf = ({ db }: { db: Database }) => ({ ...algorithmsIn(db), ...versionsIn(db) })

/** Rows of algorithms and of their versions, in or outside of a transaction. */
export type AlgorithmRecords = ReturnType<typeof recordsOf>

/** Rows of algorithms and of their versions. */
export type AlgorithmsRepository = AlgorithmRecords & { inTransaction: InTransaction<AlgorithmRecords> }

export const createAlgorithmsRepository = ({ db }: { db: Database }): AlgorithmsRepository => ({
  ...recordsOf({ db }),
  inTransaction: transactionsOf(db, recordsOf),
})
