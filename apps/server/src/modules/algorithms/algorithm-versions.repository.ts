import { and, asc, count, desc, eq, getTableColumns, ilike, inArray, sql } from 'drizzle-orm'
import type { Language, ListQuery, Manifest } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { containing } from '../../adapters/database/like-pattern.ts'
import { algorithmVersions, type PackageWords } from './algorithms.tables.ts'

/** A version as it is stored. */
export type VersionRow = typeof algorithmVersions.$inferSelect
/** A version as lists show it. */
export type ListedVersionRow = Omit<VersionRow, 'manifest'> & {
  shown: { written: Pick<Manifest, 'name' | 'version'>; name: string; quality: string[] }
}

const { manifest, ...withoutManifest } = getTableColumns(algorithmVersions)

/**
 * The part of a manifest that a list shows, in a language: what an upload calls the version, as written and translated, and the
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

/** The newest version, or the newest one of a commit; null if there is none. */
async function newestVersion(
  db: Database,
  algorithmId: string,
  commit: string | undefined,
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

/** The rows of versions, as part of the repository of algorithms. */
export const versionsIn = (db: Database) => ({
  /** Versions with what a list shows of them in a language, newest first. */
  async versions(
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
  },
  /** The newest version, or the newest one of a commit; null if there is none. */
  version: (algorithmId: string, commit?: string): Promise<VersionRow | null> =>
    newestVersion(db, algorithmId, commit),
  /** The version with a number, or null. */
  async versionNumbered(algorithmId: string, number: number): Promise<VersionRow | null> {
    const [found] = await db
      .select()
      .from(algorithmVersions)
      .where(and(eq(algorithmVersions.algorithmId, algorithmId), eq(algorithmVersions.number, number)))
    return found ?? null
  },
  /** The numbers of the versions among commits, by commit; of a commit that became several, the newest. */
  async numbersOfCommits(algorithmId: string, commits: readonly string[]): Promise<Map<string, number>> {
    if (commits.length === 0) return new Map()
    const { commit, number } = algorithmVersions
    const rows = await db
      .select({ commit, number })
      .from(algorithmVersions)
      .where(and(eq(algorithmVersions.algorithmId, algorithmId), inArray(commit, [...commits])))
      .orderBy(asc(number))
    return new Map(rows.map((row) => [row.commit, row.number]))
  },
  /**
   * Adds the next version. Its number is the greatest so far plus one, so this must be called in a transaction
   * and one call at a time for each algorithm.
   */
  async addVersion(version: {
    algorithmId: string
    commit: string
    message: string
    manifest: Manifest
    stated: Partial<PackageWords>
    createdBy: string
    createdAt: Date
  }): Promise<VersionRow> {
    const newest = await newestVersion(db, version.algorithmId, undefined)
    const [row] = await db
      .insert(algorithmVersions)
      .values({ ...version, number: (newest?.number ?? 0) + 1 })
      .returning()
    if (!row) throw new Error('the database returned no row for an insert')
    return row
  },
  /** Adds words that were stated with another upload of the same version. The newer ones count. */
  async stateWords(
    version: VersionRow,
    { name = version.stated.name, description = version.stated.description }: Partial<PackageWords>,
  ): Promise<VersionRow> {
    const stated = { name, description }
    await db.update(algorithmVersions).set({ stated }).where(eq(algorithmVersions.id, version.id))
    return { ...version, stated }
  },
})
