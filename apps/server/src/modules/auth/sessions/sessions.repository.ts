import {
  and,
  asc,
  count,
  desc,
  eq,
  getTableColumns,
  gt,
  inArray,
  isNull,
  lt,
  lte,
  ne,
  or,
  sql,
  type SQL,
} from 'drizzle-orm'
import type { Database } from '../../../adapters/database/database.ts'
import { recordRevocations } from '../../revocations/revocations.record.ts'
import type { RolesBelow } from '../../users/custom-roles.repository.ts'
import { users } from '../../users/users.tables.ts'
import { sessions } from '../auth.tables.ts'

/** The fields of a session that its refresh needs. */
type Session = { id: string; userId: string; previousHash: string | null; refreshedAt: Date }

/** Where a session is used: the address and the user agent of the browser. */
export type SessionPlace = { address: string | null; userAgent: string | null }

/** A session with the name of its person. */
export type ListedSession = typeof sessions.$inferSelect & { username: string }

/** Whose sessions are meant: those of one person, or an actor's own and those of everybody with a lower role. */
type SessionsOf = { userId: string } | { actorId: string; below: RolesBelow }

/** The condition for these sessions, in a query that joins sessions with people. */
function isOf(of: SessionsOf): SQL | undefined {
  if ('userId' in of) return eq(sessions.userId, of.userId)
  const { builtIn, custom } = of.below
  return or(
    eq(users.id, of.actorId),
    and(isNull(users.customRoleId), inArray(sql`${users.role}`, builtIn)),
    inArray(users.customRoleId, custom),
  )
}

/** Sessions in PostgreSQL. */
export type SessionsRepository = ReturnType<typeof createSessionsRepository>

export function createSessionsRepository({ db }: { db: Database }) {
  const shape = {
    id: sessions.id,
    userId: sessions.userId,
    previousHash: sessions.previousHash,
    refreshedAt: sessions.refreshedAt,
  }
  /** Ends sessions, and records that the gateway must refuse their tokens. */
  const endWhere = (where: SQL | undefined, now: Date): Promise<string[]> =>
    db.transaction(async (transaction) => {
      const rows = await transaction.delete(sessions).where(where).returning({ id: sessions.id })
      const entries = rows.map(({ id }) => ({ of: { session: id }, beforeGeneration: null }))
      await recordRevocations(transaction, entries, now)
      return rows.map(({ id }) => id)
    })

  return {
    async start(session: {
      id: string
      userId: string
      refreshHash: string
      place: SessionPlace
      now: Date
      expiresAt: Date
    }): Promise<void> {
      const { now, place, ...row } = session
      await db.insert(sessions).values({ ...row, ...place, createdAt: now, refreshedAt: now })
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
      place: SessionPlace
      now: Date
      lostSince: Date
      expiresAt: Date
    }): Promise<Session | null> {
      const [row] = await db
        .update(sessions)
        .set({
          ...input.place,
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

    /** Whether a refresh token, given as its hash, is the current or the previous one of a session. */
    async isOf(id: string, tokenHash: string): Promise<boolean> {
      const ofSession = or(eq(sessions.refreshHash, tokenHash), eq(sessions.previousHash, tokenHash))
      const rows = await db
        .select({ id: sessions.id })
        .from(sessions)
        .where(and(eq(sessions.id, id), ofSession))
      return rows.length > 0
    },

    /** The sessions of people, the last used first. */
    async list(
      { of, now }: { of: SessionsOf; now: Date },
      { limit, offset }: { limit: number; offset: number },
    ): Promise<{ rows: ListedSession[]; total: number }> {
      const where = and(gt(sessions.expiresAt, now), isOf(of))
      const rows = await db
        .select({ ...getTableColumns(sessions), username: users.username })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(where)
        .orderBy(desc(sessions.refreshedAt), asc(sessions.id))
        .limit(limit)
        .offset(offset)
      const [counted] = await db
        .select({ total: count() })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(where)
      return { rows, total: counted?.total ?? 0 }
    },

    /** Ends a session. */
    async end(id: string, now: Date): Promise<void> {
      await endWhere(eq(sessions.id, id), now)
    },

    /** Ends all sessions of a person except one. Resolves with the ids of the ended sessions. */
    endAllOf(userId: string, except: string | null, now: Date): Promise<string[]> {
      const others = except === null ? undefined : ne(sessions.id, except)
      return endWhere(and(eq(sessions.userId, userId), others), now)
    },

    /**
     * Ends the sessions of a person beyond the `most` that were used last; `except` is one of those that stay. Resolves with the ids of
     * the ended sessions.
     */
    endOldestOf(
      userId: string,
      { most, except }: { most: number; except: string },
      now: Date,
    ): Promise<string[]> {
      const oldest = db
        .select({ id: sessions.id })
        .from(sessions)
        .where(and(eq(sessions.userId, userId), ne(sessions.id, except)))
        .orderBy(desc(sessions.refreshedAt), asc(sessions.id))
        .offset(most - 1)
      return endWhere(inArray(sessions.id, oldest), now)
    },

    async removeExpired(now: Date): Promise<void> {
      await db.delete(sessions).where(lt(sessions.expiresAt, now))
    },
  }
}
