import { and, desc, eq, inArray } from 'drizzle-orm'
import type { Json, PredictResponse } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { runs } from './runs.tables.ts'

/** The number of runs of a service that are kept for the gallery and the stage, however old. */
export const samplesKept = 20

/** Reads sample runs: the successful runs that the platform itself makes to show what a service can do. */
export type RunSamplesRepository = ReturnType<typeof createRunSamplesRepository>

export const createRunSamplesRepository = ({ db }: { db: Database }) => ({
  /** For each of these services the newest successful run of one person: its input and first prediction. */
  async newestGood(
    serviceIds: readonly string[],
    createdById: string,
  ): Promise<Map<string, { inputData: Json[]; result: PredictResponse | null }>> {
    const rows = await db
      .selectDistinctOn([runs.serviceId], {
        serviceId: runs.serviceId,
        inputData: runs.inputData,
        result: runs.result,
      })
      .from(runs)
      .where(
        and(
          inArray(runs.serviceId, [...serviceIds]),
          eq(runs.createdById, createdById),
          eq(runs.status, 'succeeded'),
        ),
      )
      .orderBy(runs.serviceId, desc(runs.createdAt))
    return new Map(rows.map((row) => [row.serviceId, row]))
  },
  /** The inputs of the newest successful runs of one person on a service, newest first. */
  async goodInputs(
    serviceId: string,
    createdById: string,
  ): Promise<{ id: string; inputData: Json[]; parameters: Record<string, Json> }[]> {
    return db
      .select({ id: runs.id, inputData: runs.inputData, parameters: runs.parameters })
      .from(runs)
      .where(
        and(eq(runs.serviceId, serviceId), eq(runs.createdById, createdById), eq(runs.status, 'succeeded')),
      )
      .orderBy(desc(runs.createdAt))
      .limit(samplesKept)
  },
})
