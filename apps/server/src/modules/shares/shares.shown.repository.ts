import { and, eq, inArray, sql } from 'drizzle-orm'
import { mentionsAsset } from '../../adapters/database/asset-mentions.ts'
import type { Database } from '../../adapters/database/database.ts'
import { assetIdsIn } from '../assets/asset-ids.ts'
import { comparisons } from '../comparisons/comparisons.tables.ts'
import { presentations } from '../presentations/presentations.tables.ts'
import { releases } from '../releases/releases.tables.ts'
import { shownExamples } from '../releases/stored-mapping.ts'
import { runs } from '../runs/runs.tables.ts'
import type { StoredShare } from './shares.repository.ts'

/** Reads what links show, by key and without anything large. */
export type ShownRepository = ReturnType<typeof createShownRepository>

export function createShownRepository({ db }: { db: Database }) {
  /** Whether a run that the presentation of a service offers as an example was made of a media file. */
  const isChosen = async (serviceId: string, assetId: string): Promise<boolean> => {
    const chosen = db
      .select({
        id: sql`(jsonb_path_query(${presentations.published}, '$.examples[*].run_id') #>> '{}')::uuid`,
      })
      .from(presentations)
      .where(eq(presentations.serviceId, serviceId))
    const rows = await db
      .select({ id: runs.id })
      .from(runs)
      .where(
        and(eq(runs.serviceId, serviceId), inArray(runs.id, chosen), mentionsAsset(runs.inputData, assetId)),
      )
      .limit(1)
    return rows.length > 0
  }
  const onStage = async (serviceId: string, assetId: string): Promise<boolean | null> => {
    const [row] = await db
      .select({ api: releases.api, examples: releases.examples })
      .from(releases)
      .where(and(eq(releases.serviceId, serviceId), eq(releases.status, 'active')))
    if (!row) return null
    const shown = shownExamples(row).flatMap(({ input_data: inputData, preview_asset_id: preview }) => [
      ...assetIdsIn(inputData),
      preview,
    ])
    return shown.includes(assetId) || isChosen(serviceId, assetId)
  }
  const inInput = async (table: typeof runs | typeof comparisons, id: string, assetId: string) => {
    const [row] = await db
      .select({ isShown: sql<boolean>`${mentionsAsset(table.inputData, assetId)}` })
      .from(table)
      .where(eq(table.id, id))
    return row?.isShown ?? null
  }
  return {
    /** Ids of the runs of a comparison. */
    async runsCompared(comparisonId: string): Promise<string[]> {
      const runIds = sql<string[]>`jsonb_path_query_array(${comparisons.cells}, '$[*].run_id')`
      const [row] = await db.select({ runIds }).from(comparisons).where(eq(comparisons.id, comparisonId))
      return row?.runIds ?? []
    },
    /**
     * Whether a media file is in the inputs of a link's target, or a preview of one. Null if the target was deleted. Only inputs
     * count: what an algorithm writes into its result must not give access to other people's files.
     */
    showsAsset(
      { kind, targetId }: Pick<StoredShare, 'kind' | 'targetId'>,
      assetId: string,
    ): Promise<boolean | null> {
      if (kind === 'stage') return onStage(targetId, assetId)
      return inInput(kind === 'run' ? runs : comparisons, targetId, assetId)
    },
  }
}
