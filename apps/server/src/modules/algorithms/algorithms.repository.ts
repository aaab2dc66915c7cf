import { containing, translationContains } from '../../adapters/database/like-pattern.ts'
import {
  and,
  asc,
  count,
  desc,
  eq,
  getTableColumns,
  ilike,
  inArray,
  max,
  or,
  sql,
  type AnyColumn,
  type SQL,
} from 'drizzle-orm'
import type { Language, ListQuery, Manifest } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { sortColumn } from '../../adapters/database/sort-column.ts'
import { algorithmRepositories, type RefusedPush } from './algorithm-repositories.tables.ts'
import { algorithms, algorithmVersions, type PackageWords } from './algorithms.tables.ts'
import type { CodePlaceRow } from './code-places.repository.ts'

/** An algorithm as it is stored. */
export type AlgorithmRow = typeof algorithms.$inferSelect
/** A version as it is stored. */
export type VersionRow = typeof algorithmVersions.$inferSelect
/** A version as lists show it. */
export type ListedVersionRow = Omit<VersionRow, 'manifest'> & {
  shown: { written: Pick<Manifest, 'name' | 'version'>; name: string; quality: string[] }
}
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

/** A page of algorithms. `q` is searched in the id, the task, and the name and description in every language. */
export async function listAlgorithms(
  db: Database,
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
}

/** One algorithm, or null. */
export async function findAlgorithm(db: Database, id: string): Promise<AlgorithmWithLatest | null> {
  const [found] = await withLatest(db)
    .where(eq(algorithms.id, id))
    .groupBy(algorithms.id, algorithmRepositories.algorithmId)
  return found ?? null
}

/** The ids of the algorithms that a person has. */
export async function algorithmsOf(db: Database, ownerId: string): Promise<string[]> {
  const rows = await db.select({ id: algorithms.id }).from(algorithms).where(eq(algorithms.ownerId, ownerId))
  return rows.map(({ id }) => id)
}

/** Creates an algorithm, or changes the given fields of an existing one. */
export async function saveAlgorithm(db: Database, row: typeof algorithms.$inferInsert): Promise<void> {
  const { name, task, description, cover, packageWords, translations, updatedAt } = row
  await db.insert(algorithms).values(row).onConflictDoUpdate({
    target: algorithms.id,
    set: { name, task, description, cover, packageWords, translations, updatedAt },
  })
}

export async function changeAlgorithm(
  db: Database,
  id: string,
  change: { name?: string; description?: string; updatedAt: Date },
): Promise<void> {
  await db.update(algorithms).set(change).where(eq(algorithms.id, id))
}

export async function removeAlgorithm(db: Database, id: string): Promise<void> {
  await db.delete(algorithms).where(eq(algorithms.id, id))
}

const { manifest, ...withoutManifest } = getTableColumns(algorithmVersions)

/**
 * What a list shows of a manifest, in a language: what an upload calls the version, as written and translated, and the
 * quality. It is taken out in the database, because a manifest can be as large as a file of the package.
 */
const shownOfManifest = (language: Language) => sql<ListedVersionRow['shown']>`(
  select jsonb_build_object(
    'written', jsonb_build_object('name', name, 'version', version),
    'name', coalesce(words ->> name, name),
    'quality', (
      select coalesce(jsonb_agg(coalesce(words ->> line, line) order by place), '[]')
      from jsonb_array_elements_text(quality) with ordinality as each(line, place)))
  from (
    select name, version, quality, translations -> ${language}::text as words
    from jsonb_to_record(${manifest}) as kept(name text, version text, quality jsonb, translations jsonb)
  ) as described)`

/** Versions with what a list shows of them in a language, newest first. */
export async function listVersions(
  db: Database,
  algorithmId: string,
  query: ListQuery & { language: Language },
): Promise<{ items: ListedVersionRow[]; total: number }> {
  const own = eq(algorithmVersions.algorithmId, algorithmId)
  const matches = query.q ? and(own, ilike(algorithmVersions.message, containing(query.q))) : own
  const items = await db
    .select({ ...withoutManifest, shown: shownOfManifest(query.language) })
    .from(algorithmVersions)
    .where(matches)
    .orderBy(desc(algorithmVersions.number))
    .limit(query.page_size)
    .offset((query.page - 1) * query.page_size)
  const [totals] = await db.select({ total: count() }).from(algorithmVersions).where(matches)
  return { items, total: totals?.total ?? 0 }
}

/** The newest version, or the newest one of a commit; null if there is none. */
export async function findVersion(
  db: Database,
  algorithmId: string,
  commit?: string,
): Promise<VersionRow | null> {
  const own = eq(algorithmVersions.algorithmId, algorithmId)
  const [found] = await db
    .select()
    .from(algorithmVersions)
    .where(commit === undefined ? own : and(own, eq(algorithmVersions.commit, commit)))
    .orderBy(desc(algorithmVersions.number))
    .limit(1)
  return found ?? null
}

/** The numbers of the versions among commits, by commit; of a commit that became several, the newest. */
export async function versionsOfCommits(
  db: Database,
  algorithmId: string,
  commits: readonly string[],
): Promise<Map<string, number>> {
  if (commits.length === 0) return new Map()
  const { commit, number } = algorithmVersions
  const rows = await db
    .select({ commit, number })
    .from(algorithmVersions)
    .where(and(eq(algorithmVersions.algorithmId, algorithmId), inArray(commit, [...commits])))
    .orderBy(asc(number))
  return new Map(rows.map((row) => [row.commit, row.number]))
}

/** The version with a number, or null. */
export async function findVersionNumbered(
  db: Database,
  algorithmId: string,
  number: number,
): Promise<VersionRow | null> {
  const [found] = await db
    .select()
    .from(algorithmVersions)
    .where(and(eq(algorithmVersions.algorithmId, algorithmId), eq(algorithmVersions.number, number)))
  return found ?? null
}

/**
 * Adds the next version. Its number is the greatest so far plus one, so this must be called in a transaction
 * and one call at a time for each algorithm.
 */
export async function addVersion(
  db: Database,
  version: {
    algorithmId: string
    commit: string
    message: string
    manifest: Manifest
    stated: Partial<PackageWords>
    createdBy: string
    createdAt: Date
  },
): Promise<VersionRow> {
  const newest = await findVersion(db, version.algorithmId)
  const [row] = await db
    .insert(algorithmVersions)
    .values({ ...version, number: (newest?.number ?? 0) + 1 })
    .returning()
  if (!row) throw new Error('the database returned no row for an insert')
  return row
}

/** Adds words that were stated with another upload of the same version. The newer ones count. */
export async function stateWords(
  db: Database,
  version: VersionRow,
  { name = version.stated.name, description = version.stated.description }: Partial<PackageWords>,
): Promise<VersionRow> {
  const stated = { name, description }
  await db.update(algorithmVersions).set({ stated }).where(eq(algorithmVersions.id, version.id))
  return { ...version, stated }
}

/** Records the newest commit of an algorithm, and where its code is kept if nothing is recorded yet. */
export async function saveRepository(
  db: Database,
  row: typeof algorithmRepositories.$inferInsert,
): Promise<void> {
  const { lastCommit, lastSyncAt } = row
  await db
    .insert(algorithmRepositories)
    .values(row)
    .onConflictDoUpdate({
      target: algorithmRepositories.algorithmId,
      // What was pushed before is behind this version.
      set: { lastCommit, lastSyncAt, refusedPush: null },
    })
}

/** Records that the newest push did not become a version. */
export async function noteRefusedPush(db: Database, algorithmId: string, push: RefusedPush): Promise<void> {
  const own = eq(algorithmRepositories.algorithmId, algorithmId)
  await db.update(algorithmRepositories).set({ refusedPush: push }).where(own)
}
