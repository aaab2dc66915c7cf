import { and, desc, eq, inArray, lte, sql } from 'drizzle-orm'
import type { Json } from '@vitrine/contract'
import type { Database } from '../../../adapters/database/database.ts'
import { textUpTo, valueBytes, valuesOf, type RunValues } from '../run-rows.ts'
import { ofPresentService, runs } from '../runs.tables.ts'

/** The number of runs of a service that are kept for the showcase and the stage, however old they are. */
export const samplesKept = 20

/** Reads sample runs: the successful runs that the platform itself makes to show what a service can do. */
export type RunSamplesRepository = ReturnType<typeof createRunSamplesRepository>

/** A run that a cover may show, and the bytes that its input and result take as JSON text. */
export type CoverRun = { id: string; bytes: number }

/**
 * The largest input or result that a cover shows, in bytes of JSON text. A cover shows only a little, and the showcase
 * has many of them.
 */
const largestCover = 8 * 1024 * 1024
/** The largest input of an example on a stage, in bytes as it was stored. A stage has whole inputs. */
const largestExample = 8 * 1024 * 1024

const covered = {
  input: textUpTo(sql`(${runs.inputData} -> 0)`, largestCover, runs.inputBytes),
  result: textUpTo(runs.result, largestCover, runs.resultBytes),
}
const coverRun = {
  id: runs.id,
  bytes: sql<number>`coalesce(octet_length(${covered.input}), 0)::bigint
    + coalesce(octet_length(${covered.result}), 0)`.mapWith(Number),
}

export const createRunSamplesRepository = ({ db }: { db: Database }) => ({
  /** The newest successful run of one person for each of these services. */
  async newestGood(serviceIds: readonly string[], createdById: string): Promise<Map<string, CoverRun>> {
    const rows = await db
      .selectDistinctOn([runs.serviceId], { serviceId: runs.serviceId, ...coverRun })
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
  /**
   * The newest successful runs of one person on a service, newest first, with the inputs that they had. `given` are
   * positions in `inputs`. The database compares the inputs, so that none has to be read.
   */
  async goodRunsOf(
    { serviceId, createdById }: { serviceId: string; createdById: string },
    inputs: readonly { input_data: Json[]; parameters: Record<string, Json> }[],
  ): Promise<{ id: string; given: number[] }[]> {
    if (inputs.length === 0) return []
    const places = inputs.map(
      ({ input_data, parameters }, place) =>
        sql`case when ${runs.inputData} = ${JSON.stringify(input_data)}::jsonb
          and ${runs.parameters} = ${JSON.stringify(parameters)}::jsonb then ${place}::integer end`,
    )
    const given = sql<number[]>`array_remove(array[${sql.join(places, sql`, `)}], null)`
    return db
      .select({ id: runs.id, given })
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
  /**
   * The runs of a list that are of this service and succeeded, with the size of their inputs as text, in bytes. Deleted runs are
   * missing, and so are runs whose stored input is too large for a stage.
   */
  async chosen(serviceId: string, ids: readonly string[]): Promise<{ id: string; bytes: number }[]> {
    return db
      .select({ id: runs.id, bytes: valueBytes('given') })
      .from(runs)
      .where(
        and(
          inArray(runs.id, [...ids]),
          eq(runs.serviceId, serviceId),
          ofPresentService,
          eq(runs.status, 'succeeded'),
          lte(runs.inputBytes, largestExample),
        ),
      )
  },
  /** The inputs and parameters of these runs as JSON texts. The caller must have taken memory for them. */
  async given(
    ids: readonly string[],
  ): Promise<(Pick<RunValues, 'inputData' | 'parameters'> & { id: string })[]> {
    const { inputData, parameters } = valuesOf('given')
    return db
      .select({ id: runs.id, inputData, parameters })
      .from(runs)
      .where(inArray(runs.id, [...ids]))
  },
  /** The runs of a list that succeeded, by id. Deleted ones are missing. */
  async chosenCovers(ids: readonly string[]): Promise<Map<string, CoverRun>> {
    const rows = await db
      .select(coverRun)
      .from(runs)
      .where(and(inArray(runs.id, [...ids]), ofPresentService, eq(runs.status, 'succeeded')))
    return new Map(rows.map((row) => [row.id, row]))
  },
  /**
   * The first elements of the inputs, and the results, of these runs as JSON texts. Large ones are null. The caller
   * must have taken memory for them.
   */
  covers: (ids: readonly string[]): Promise<{ id: string; input: string | null; result: string | null }[]> =>
    db
      .select({ id: runs.id, ...covered })
      .from(runs)
      .where(inArray(runs.id, [...ids])),
})
