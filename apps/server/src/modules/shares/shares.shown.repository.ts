import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Json } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { comparisons } from '../comparisons/comparisons.tables.ts'
import { presentations } from '../presentations/presentations.tables.ts'
import { releases } from '../releases/releases.tables.ts'
import { shownExamples } from '../releases/stored-mapping.ts'
import { runs } from '../runs/runs.tables.ts'
import type { StoredShare } from './shares.repository.ts'

/** The inputs that a link shows, and their preview pictures. */
export type ShownInputs = { serviceId: string; inputData: Json[]; previews: string[] }

/** Reads what links show, by key and without results. */
export type ShownRepository = ReturnType<typeof createShownRepository>

export function createShownRepository({ db }: { db: Database }) {
  /** The inputs of the runs that the presentation of a service offers as examples. */
  const inputsChosen = async (serviceId: string): Promise<Json[]> => {
    const chosen = db
      .select({
        id: sql`(jsonb_path_query(${presentations.published}, '$.examples[*].run_id') #>> '{}')::uuid`,
      })
      .from(presentations)
      .where(eq(presentations.serviceId, serviceId))
    const rows = await db
      .select({ inputData: runs.inputData })
      .from(runs)
      .where(and(eq(runs.serviceId, serviceId), inArray(runs.id, chosen)))
    return rows.flatMap(({ inputData }) => inputData)
  }
  const ofStage = async (serviceId: string): Promise<ShownInputs | null> => {
    const [row] = await db
      .select({ api: releases.api, examples: releases.examples })
      .from(releases)
      .where(and(eq(releases.serviceId, serviceId), eq(releases.status, 'active')))
    if (!row) return null
    const examples = shownExamples(row)
    const chosen = await inputsChosen(serviceId)
    return {
      serviceId,
      inputData: [...examples.flatMap(({ input_data: inputData }) => inputData), ...chosen],
      previews: examples.flatMap(({ preview_asset_id: preview }) => preview ?? []),
    }
  }
  const ofRun = async (id: string): Promise<ShownInputs | null> => {
    const { serviceId, inputData } = runs
    const [row] = await db.select({ serviceId, inputData }).from(runs).where(eq(runs.id, id))
    return row ? { ...row, previews: [] } : null
  }
  const ofComparison = async (id: string): Promise<ShownInputs | null> => {
    const { cells, inputData } = comparisons
    const [row] = await db.select({ cells, inputData }).from(comparisons).where(eq(comparisons.id, id))
    if (!row) return null
    return {
      serviceId: row.cells[0]?.target.service_id ?? '',
      inputData: row.inputData,
      previews: [],
    }
  }
  return {
    /** Ids of the runs of a comparison. */
    async runsCompared(comparisonId: string): Promise<string[]> {
      const { cells } = comparisons
      const [row] = await db.select({ cells }).from(comparisons).where(eq(comparisons.id, comparisonId))
      return row?.cells.map(({ run_id: id }) => id) ?? []
    },
    /** The inputs of a link's target. Null if the target was deleted. */
    inputs({ kind, targetId }: Pick<StoredShare, 'kind' | 'targetId'>): Promise<ShownInputs | null> {
      if (kind === 'stage') return ofStage(targetId)
      return kind === 'run' ? ofRun(targetId) : ofComparison(targetId)
    },
  }
}
