import { and, eq, inArray, not, notInArray, or, sql } from 'drizzle-orm'
import type { Database } from '../../../adapters/database/database.ts'
import { samplesKept } from './samples.repository.ts'
import { ofPresentService, runs } from '../runs.tables.ts'

/** Deletes ended runs that nobody needs any more. */
export type PastRunsRepository = ReturnType<typeof createPastRunsRepository>

export const createPastRunsRepository = ({ db }: { db: Database }) => ({
  /**
   * Deletes ended runs that are older than `before`, that are not among the newest `perService` of their
   * service, or whose service was deleted. Keeps pinned runs, those in `except`, and the newest 20 runs that
   * `samplesOf` (the platform itself) created, which the showcase shows. Resolves with how many were deleted.
   */
  async deleteOld(input: {
    before: Date
    perService: number
    except: readonly string[]
    samplesOf: string
  }): Promise<number> {
    const isSample = sql`${runs.createdById} = ${input.samplesOf}`
    const ranked = db
      .select({
        id: runs.id,
        isSample: isSample.as('is_sample'),
        isOld: sql`${runs.createdAt} < ${input.before.toISOString()}::timestamptz`.as('is_old'),
        place: sql`row_number() over (
            partition by ${runs.serviceId}, ${isSample} order by ${runs.createdAt} desc)`.as('place'),
      })
      .from(runs)
      .as('ranked')
    const goes = sql`case when ${ranked.isSample} then ${ranked.place} > ${samplesKept}
        else ${ranked.isOld} or ${ranked.place} > ${input.perService} end`
    const rows = await db
      .delete(runs)
      .where(
        and(
          or(inArray(runs.id, db.select({ id: ranked.id }).from(ranked).where(goes)), not(ofPresentService)),
          notInArray(runs.status, ['queued', 'running']),
          eq(runs.pinned, false),
          // One parameter for all of them: PostgreSQL takes at most 65,535.
          sql`${runs.id} <> all(${sql.param(input.except)}::uuid[])`,
        ),
      )
      .returning({ id: runs.id })
    return rows.length
  },
  /** Deletes every ended run of these people. */
  async deleteOf(createdByIds: readonly string[]): Promise<void> {
    await db
      .delete(runs)
      .where(
        and(inArray(runs.createdById, [...createdByIds]), notInArray(runs.status, ['queued', 'running'])),
      )
  },
})
