import { and, eq, gt, lt, lte, ne, or, sql } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { sessions } from './auth.tables.ts'

/** The fields of a session that its refresh needs. */
type Session = { id: string; userId: string; previousHash: string | null; refreshedAt: Date }

/** Sessions in PostgreSQL. */
export type SessionsRepository = ReturnType<typeof createSessionsRepository>

export function createSessionsRepository({ db }: { db: Database }) {
  const shape = {
    id: sessions.id,
    userId: sessions.userId,
    previousHash: sessions.previousHash,
    refreshedAt: sessions.refreshedAt,
  }
  return {
    async start(session: {
      id: string
      userId: string
      refreshHash: string
      now: Date
      expiresAt: Date
    }): Promise<void> {
      const { now, ...row } = session
      await db.insert(sessions).values({ ...row, createdAt: now, refreshedAt: now })
    },

    async find(id: string, now: Date): Promise<Session | null> {
      const [row] = await db
        .select(shape)
        .from(sessions)
        .where(and(eq(sessions.id, id), gt(sessions.expiresAt, now)))
      return row ?? null
    },

    /**
     * Replaces the refresh token if it is still the current one, or if its successor has not been used since
     * `lostSince`. Of two simultaneous calls, one gets the row and the other gets null.
     */
    async rotate(input: {
      id: string
      currentHash: string
      nextHash: string
      now: Date
      lostSince: Date
      expiresAt: Date
    }): Promise<Session | null> {
      const [row] = await db
        .update(sessions)
        .set({
          refreshHash: input.nextHash,
          previousHash: input.currentHash,
          refreshedAt: input.now,
          expiresAt: input.expiresAt,
        })
        .where(
          and(
            eq(sessions.id, input.id),
            or(
              eq(sessions.refreshHash, input.currentHash),
              and(eq(sessions.previousHash, input.currentHash), lte(sessions.refreshedAt, input.lostSince)),
            ),
            gt(sessions.expiresAt, input.now),
          ),
        )
        .returning(shape)
      return row ?? null
    },

    /** Whether a refresh token, given as its hash, is a session's current one or the one before. */
    async isOf(id: string, tokenHash: string): Promise<boolean> {
      const ofSession = or(eq(sessions.refreshHash, tokenHash), eq(sessions.previousHash, tokenHash))
      const rows = await db
        .select({ id: sessions.id })
        .from(sessions)
        .where(and(eq(sessions.id, id), ofSession))
      return rows.length > 0
    },

    async end(id: string): Promise<void> {
      await db.delete(sessions).where(eq(sessions.id, id))
    },

    /** Ends all sessions of a person except one. Resolves with the ids of the ended sessions. */
    async endAllOf(userId: string, except: string | null = null): Promise<string[]> {
      const rows = await db
        .delete(sessions)
        .where(and(eq(sessions.userId, userId), except === null ? sql`true` : ne(sessions.id, except)))
        .returning({ id: sessions.id })
      return rows.map(({ id }) => id)
    },

    async removeExpired(now: Date): Promise<void> {
      await db.delete(sessions).where(lt(sessions.expiresAt, now))
    },
  }
}
