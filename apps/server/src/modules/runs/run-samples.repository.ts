import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import type { Json, PredictResponse } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { ofPresentService, runs } from './runs.tables.ts'

/** The number of runs of a service that are kept for the gallery and the stage, however old. */
export const samplesKept = 20

/** Reads sample runs: the successful runs that the platform itself makes to show what a service can do. */
export type RunSamplesRepository = ReturnType<typeof createRunSamplesRepository>

/** The input and the result of a run that a cover shows. The result is null if it is large. */
export type SampleRun = { inputData: Json[]; result: PredictResponse | null }

/** A cover shows little of a result, and a gallery has many of them. In bytes of JSON text. */
const largestCover = 8 * 1024 * 1024
const coverResult = sql<PredictResponse | null>`case when ${runs.resultBytes} <= ${largestCover} then ${runs.result} end`

export const createRunSamplesRepository = ({ db }: { db: Database }) => ({
  /** For each of these services the newest successful run of one person: its input and first prediction. */
  async newestGood(serviceIds: readonly string[], createdById: string): Promise<Map<string, SampleRun>> {
    const rows = await db
      .selectDistinctOn([runs.serviceId], {
        serviceId: runs.serviceId,
        inputData: runs.inputData,
        result: coverResult,
      })
      .from(runs)
      .where(
        and(
          inArray(runs.serviceId, [...serviceIds]),
          ofPresentService,
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
        and(
          eq(runs.serviceId, serviceId),
          ofPresentService,
          eq(runs.createdById, createdById),
          eq(runs.status, 'succeeded'),
        ),
      )
      .orderBy(desc(runs.createdAt))
      .limit(samplesKept)
  },
  /** The inputs of these successful runs of a service, by id. Deleted ones are missing. */
  async chosen(
    serviceId: string,
    ids: readonly string[],
  ): Promise<Map<string, { inputData: Json[]; parameters: Record<string, Json> }>> {
    const rows = await db
      .select({ id: runs.id, inputData: runs.inputData, parameters: runs.parameters })
      .from(runs)
      .where(
        and(
          inArray(runs.id, [...ids]),
          eq(runs.serviceId, serviceId),
          ofPresentService,
          eq(runs.status, 'succeeded'),
        ),
      )
    return new Map(rows.map((row) => [row.id, row]))
  },
  /** The inputs and results of these successful runs, by id. Deleted ones are missing. */
  async chosenCovers(ids: readonly string[]): Promise<Map<string, SampleRun>> {
    const rows = await db
      .select({ id: runs.id, inputData: runs.inputData, result: coverResult })
      .from(runs)
      .where(and(inArray(runs.id, [...ids]), ofPresentService, eq(runs.status, 'succeeded')))
    return new Map(rows.map((row) => [row.id, row]))
  },
})
