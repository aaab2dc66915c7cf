import { and, count, eq, inArray, isNull, ne, or, sql } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { algorithmRepositories } from './algorithm-repositories.tables.ts'
import { algorithms } from './algorithms.tables.ts'

/** Where an algorithm's code is kept, as it is stored. */
export type CodePlaceRow = typeof algorithmRepositories.$inferSelect

/** An algorithm whose code is kept in a repository, and in which folder there. */
export type CodeAt = Pick<CodePlaceRow, 'url' | 'repositoryNumber' | 'algorithmId' | 'folder'> & {
  ownerId: string
  ownerName: string
}

/** A repository: its address, and its number in Gitea if that is known. */
export type RepositoryAt = Pick<CodePlaceRow, 'url' | 'repositoryNumber'>

/** Rows of `algorithm_repositories`. */
export type CodePlaces = ReturnType<typeof createCodePlaces>

export function createCodePlaces({ db }: { db: Database }) {
  return {
    /** Where the code of an algorithm is kept; null if there is no such algorithm. */
    async get(algorithmId: string): Promise<CodePlaceRow | null> {
      const own = eq(algorithmRepositories.algorithmId, algorithmId)
      const [row] = await db.select().from(algorithmRepositories).where(own)
      return row ?? null
    },
    /** The algorithms whose code is recorded in these repositories: by their numbers, or by their addresses, of which Gitea does not tell upper case from lower. */
    async at(repositories: readonly RepositoryAt[]): Promise<CodeAt[]> {
      const { url, repositoryNumber, algorithmId, folder } = algorithmRepositories
      const { ownerId, ownerName } = algorithms
      const urls = repositories.map((one) => one.url.toLowerCase())
      const numbers = repositories.flatMap((one) => one.repositoryNumber ?? [])
      return db
        .select({ url, repositoryNumber, algorithmId, folder, ownerId, ownerName })
        .from(algorithmRepositories)
        .innerJoin(algorithms, eq(algorithms.id, algorithmId))
        .where(or(inArray(sql`lower(${url})`, urls), inArray(repositoryNumber, numbers)))
        .orderBy(folder, algorithmId)
    },
    /** The code in Gitea of whose repository the number is not known. */
    async unnumbered(): Promise<CodePlaceRow[]> {
      const { provider, repositoryNumber, algorithmId } = algorithmRepositories
      return db
        .select()
        .from(algorithmRepositories)
        .where(and(eq(provider, 'gitea'), isNull(repositoryNumber)))
        .orderBy(algorithmId)
    },
    /** Notes the number of the repository of an algorithm, if its code is still there and none is noted. */
    async learnNumber(
      { algorithmId: id, url: at }: Pick<CodePlaceRow, 'algorithmId' | 'url'>,
      found: number,
    ): Promise<void> {
      const { algorithmId, url, repositoryNumber } = algorithmRepositories
      await db
        .update(algorithmRepositories)
        .set({ repositoryNumber: found })
        .where(and(eq(algorithmId, id), eq(url, at), isNull(repositoryNumber)))
    },
    /** The algorithms whose code is not kept by this host. */
    async keptElsewhere(provider: CodePlaceRow['provider']): Promise<string[]> {
      const { algorithmId } = algorithmRepositories
      const rows = await db
        .select({ algorithmId })
        .from(algorithmRepositories)
        .where(ne(algorithmRepositories.provider, provider))
        .orderBy(algorithmId)
      return rows.map((row) => row.algorithmId)
    },
    /** How many algorithms have their code in a Gitea server. */
    async countInGitea(): Promise<number> {
      const [row] = await db
        .select({ total: count() })
        .from(algorithmRepositories)
        .where(eq(algorithmRepositories.provider, 'gitea'))
      return row?.total ?? 0
    },
    /**
     * Says of all code in Gitea that it is at this server: there is one, and it may have got another address. It may also be another one, to
     * which the repositories were brought, so their numbers are learnt anew.
     */
    async atServer(serverUrl: string): Promise<void> {
      const { provider, url } = algorithmRepositories
      const there = sql`${serverUrl}::text || substring(${url} from '/[^/]+/[^/]+$')`
      await db
        .update(algorithmRepositories)
        .set({ url: there, repositoryNumber: null })
        .where(and(eq(provider, 'gitea'), sql`${url} <> ${there}`))
    },
    /** Changes where the code of an algorithm is kept. */
    async move(
      algorithmId: string,
      place: Pick<CodePlaceRow, 'provider' | 'url' | 'branch' | 'folder' | 'repositoryNumber'>,
    ): Promise<void> {
      const own = eq(algorithmRepositories.algorithmId, algorithmId)
      await db.update(algorithmRepositories).set(place).where(own)
    },
  }
}
