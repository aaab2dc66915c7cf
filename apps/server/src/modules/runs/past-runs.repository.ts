import { and, inArray, isNull, notInArray, sql } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { samplesKept } from './run-samples.repository.ts'
import { runs } from './runs.tables.ts'

/** Deletes runs that have ended and that nobody needs any more. */
export type PastRunsRepository = ReturnType<typeof createPastRunsRepository>

export const createPastRunsRepository = ({ db }: { db: Database }) => ({
  /**
   * Deletes ended runs that are older than a moment or beyond the newest `perService` of their service, and returns how many.
   * Those of comparisons stay, those named in `except`, and of `samplesOf` (whose runs the gallery shows) the newest 20.
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
          inArray(runs.id, db.select({ id: ranked.id }).from(ranked).where(goes)),
          notInArray(runs.status, ['queued', 'running']),
          isNull(runs.comparisonId),
          input.except.length === 0 ? undefined : notInArray(runs.id, [...input.except]),
        ),
      )
      .returning({ id: runs.id })
    return rows.length
  },
  /** Deletes every run of these makers that has ended. */
  async deleteOf(createdByIds: readonly string[]): Promise<void> {
    await db
      .delete(runs)
      .where(
        and(inArray(runs.createdById, [...createdByIds]), notInArray(runs.status, ['queued', 'running'])),
      )
  },
})
