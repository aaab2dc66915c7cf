import { and, count, desc, eq, isNull, lt, or } from 'drizzle-orm'
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
    /** How many tokens a repository has. */
    async count(algorithmId: string): Promise<number> {
      const [row] = await db
        .select({ total: count() })
        .from(repositoryTokens)
        .where(eq(repositoryTokens.algorithmId, algorithmId))
      return row?.total ?? 0
    },
    async insert(row: typeof repositoryTokens.$inferInsert): Promise<TokenRow> {
      const [stored] = await db.insert(repositoryTokens).values(row).returning()
      if (!stored) throw new Error('the token was not stored')
      return stored
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
