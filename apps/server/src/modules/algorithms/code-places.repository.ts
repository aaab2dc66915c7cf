import { and, count, eq, inArray, ne, sql } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { algorithmRepositories } from './algorithm-repositories.tables.ts'
import { algorithms } from './algorithms.tables.ts'

/** Where an algorithm's code is kept, as it is stored. */
export type CodePlaceRow = typeof algorithmRepositories.$inferSelect

/** An algorithm whose code is kept at an address, and in which folder there. */
export type CodeAt = Pick<CodePlaceRow, 'url' | 'algorithmId' | 'folder'> & {
  ownerId: string
  ownerName: string
}

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
    /** The algorithms whose code is kept at these addresses. Gitea does not tell upper case from lower. */
    async at(urls: readonly string[]): Promise<CodeAt[]> {
      const { url, algorithmId, folder } = algorithmRepositories
      const { ownerId, ownerName } = algorithms
      return db
        .select({ url, algorithmId, folder, ownerId, ownerName })
        .from(algorithmRepositories)
        .innerJoin(algorithms, eq(algorithms.id, algorithmId))
        .where(
          inArray(
            sql`lower(${url})`,
            urls.map((one) => one.toLowerCase()),
          ),
        )
        .orderBy(folder, algorithmId)
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
    /** Says of all code in Gitea that it is at this server: there is one, and it may have got another address. */
    async atServer(serverUrl: string): Promise<void> {
      const { provider, url } = algorithmRepositories
      await db
        .update(algorithmRepositories)
        .set({ url: sql`${serverUrl}::text || substring(${url} from '/[^/]+/[^/]+$')` })
        .where(and(eq(provider, 'gitea'), sql`not starts_with(${url}, ${`${serverUrl}/`})`))
    },
    /** Changes where the code of an algorithm is kept. */
    async move(
      algorithmId: string,
      place: Pick<CodePlaceRow, 'provider' | 'url' | 'branch' | 'folder'>,
    ): Promise<void> {
      const own = eq(algorithmRepositories.algorithmId, algorithmId)
      await db.update(algorithmRepositories).set(place).where(own)
    },
  }
}
