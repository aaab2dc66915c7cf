import { and, count, desc, eq, isNull, lt, or, sql } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { customRoles, users } from '../users/users.tables.ts'
import { repositoryTokens } from './repository-tokens.tables.ts'

/** A token as it is stored. */
export type TokenRow = typeof repositoryTokens.$inferSelect

/** Rows of `repository_tokens`. */
export type RepositoryTokens = ReturnType<typeof createRepositoryTokens>

export function createRepositoryTokens({ db }: { db: Database }) {
  const owner = { id: users.id, username: users.username, role: users.role, disabled: users.disabled }
  return {
    /** The tokens of a repository with the names of those who made them, newest first. */
    async list(algorithmId: string): Promise<{ row: TokenRow; owner: string }[]> {
      return db
        .select({ row: repositoryTokens, owner: users.username })
        .from(repositoryTokens)
        .innerJoin(users, eq(users.id, repositoryTokens.ownerId))
        .where(eq(repositoryTokens.algorithmId, algorithmId))
        .orderBy(desc(repositoryTokens.createdAt), desc(repositoryTokens.id))
    },
    /** Stores a token. Null if its repository has as many as it may, also of several that are made at once. */
    insert(row: typeof repositoryTokens.$inferInsert, most: number): Promise<TokenRow | null> {
      const { algorithmId } = row
      return db.transaction(async (within) => {
        const lock = `tokens of ${algorithmId}`
        await within.execute(sql`select pg_advisory_xact_lock(hashtextextended(${lock}, 0))`)
        const [counted] = await within
          .select({ total: count() })
          .from(repositoryTokens)
          .where(eq(repositoryTokens.algorithmId, algorithmId))
        if ((counted?.total ?? 0) >= most) return null
        const [stored] = await within.insert(repositoryTokens).values(row).returning()
        return stored ?? null
      })
    },
    /** Removes a token of a repository. Says whether there was one. */
    async remove(algorithmId: string, id: string): Promise<boolean> {
      const own = and(eq(repositoryTokens.algorithmId, algorithmId), eq(repositoryTokens.id, id))
      return (await db.delete(repositoryTokens).where(own).returning({ id: repositoryTokens.id })).length > 0
    },
    /** A token by its hash, with the current state of its owner; null if there is none. */
    async find(sha256: string) {
      const [found] = await db
        .select({ row: repositoryTokens, owner, custom: { permissions: customRoles.permissions } })
        .from(repositoryTokens)
        .innerJoin(users, eq(users.id, repositoryTokens.ownerId))
        .leftJoin(customRoles, eq(customRoles.id, users.customRoleId))
        .where(eq(repositoryTokens.sha256, sha256))
      return found ?? null
    },
    /** Records a use, unless one was recorded after `notSince`. */
    async noteUse(id: string, now: Date, notSince: Date): Promise<void> {
      const isOld = or(isNull(repositoryTokens.lastUsedAt), lt(repositoryTokens.lastUsedAt, notSince))
      await db
        .update(repositoryTokens)
        .set({ lastUsedAt: now })
        .where(and(eq(repositoryTokens.id, id), isOld))
    },
  }
}
