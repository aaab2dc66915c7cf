import { randomUUID } from 'node:crypto'
import { comparison, comparisonCell, type Comparison, type Json, type ListQuery } from '@vitrine/contract'
import { z } from 'zod'
import { refusalOf } from '../../lib/invalid-request.errors.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Hold } from '../../lib/memory-budget.ts'
import { mayUse, visibleRows } from '../../lib/policy.ts'
import type { OwnedRoom } from '../quotas/owned.ts'
import { takeTexts, takeValues } from '../quotas/reading-memory.ts'
import { brokenParameters, checkingFor } from '../runs/admission/schema-rules.ts'
import type { RunPlan } from '../runs/run-instance.ts'
import { beginRun } from '../runs/admission/begin-run.ts'
import { checkedInput, runStates, takeBackRuns, unpinRuns, type RunsDeps } from '../runs/runs.usecases.ts'
import { planRun } from '../runs/admission/plan-run.ts'
import { comparisonNotFound } from './comparisons.errors.ts'
import type {
  ComparisonBrief,
  ComparisonsRepository,
  ComparisonTexts,
  StoredComparison,
} from './comparisons.repository.ts'
import type { StoredCell } from './comparisons.tables.ts'
import { cellOf, comparisonStatus, type ComparisonRecord } from './comparisons.state.ts'

/** What comparisons need. */
export type ComparisonsDeps = { comparisons: ComparisonsRepository; running: RunsDeps; owned: OwnedRoom }

const stored = comparison.pick({ input_data: true }).shape
const storedCells: z.ZodType<StoredCell[]> = z.array(
  comparisonCell.pick({ target: true }).extend({ run_id: z.string() }),
)

/** Comparisons with the state of their runs. Room is taken for their values. */
async function asTheyAre(
  deps: ComparisonsDeps,
  rows: readonly ComparisonTexts[],
  reading: Pick<Hold, 'take'>,
): Promise<ComparisonRecord[]> {
  await takeValues(
    reading,
    rows.flatMap((row) => [row.inputData, row.cells]),
  )
  const parsed = rows.map((row) => ({ row, cells: storedCells.parse(JSON.parse(row.cells)) }))
  const states = await runStates(
    deps.running,
    parsed.flatMap(({ cells }) => cells.map((cell) => cell.run_id)),
  )
  return parsed.map(({ row, ...rest }) => {
    const cells = rest.cells.map((cell) => cellOf(cell, states.get(cell.run_id) ?? null))
    return {
      id: row.id,
      title: row.title,
      status: comparisonStatus(cells.map((cell) => cell.status)),
      input_data: stored.input_data.parse(JSON.parse(row.inputData)),
      cells,
      created_by: row.createdBy,
      created_at: row.createdAt.toISOString(),
    }
  })
}

/**
 * A comparison that the actor may see: their own, or any for an administrator. Other
 * comparisons are answered with 404. Permission is checked before large values are read.
 */
export async function findComparison(
  deps: Pick<ComparisonsDeps, 'comparisons'>,
  input: { actor: Actor; id: string },
): Promise<ComparisonBrief> {
  const found = await deps.comparisons.brief(input.id)
  if (!found || !mayUse(input.actor, { ownerId: found.createdById, services: found.serviceIds }))
    throw comparisonNotFound({ comparison_id: input.id })
  return found
}

type Planned = { plan: RunPlan; target: Comparison['cells'][number]['target']; id: string }

/** Throws `request.invalid` for the parameters of all targets that break their schemas, and `run.schema_too_slow`. */
async function requireFittingAll(
  running: RunsDeps,
  { actor, plans }: { actor: Actor; plans: readonly Planned[] },
): Promise<void> {
  const broken = []
  for (const [index, { plan, target }] of plans.entries()) {
    const manifest = plan.release?.manifest
    const checking = checkingFor(running, plan, actor)
    const at = `targets[${index}]`
    if (manifest) broken.push(...(await brokenParameters(checking, manifest, target.parameters, at)))
  }
  if (broken.length > 0) throw refusalOf(broken)
}

const runsOf = ({ cells }: Pick<StoredComparison, 'cells'>) => cells.map((cell) => cell.run_id)

/** Cancels the runs of a comparison that could not be begun as a whole, and deletes it. */
async function takeBack(
  { comparisons, running }: ComparisonsDeps,
  { id, cells }: Pick<StoredComparison, 'id' | 'cells'>,
): Promise<void> {
  await takeBackRuns(running, runsOf({ cells }))
  await comparisons.delete(id)
}

/**
 * Stores a comparison if all of its runs fit, and then begins these: nobody could delete a run that no comparison names but that
 * is kept for one, which a kill in between would leave. If anything fails, the runs that began are cancelled and the comparison
 * is deleted. Places are taken before anything is checked, so that what one person has in the queue of checks is bounded.
 */
async function beginAll(
  deps: ComparisonsDeps,
  input: { actor: Actor; plans: readonly Planned[]; loadInput: () => Promise<Json[]> },
  store: (inputData: Json[]) => Promise<StoredComparison>,
): Promise<StoredComparison> {
  const { actor, plans } = input
  const { running } = deps
  const places = await running.admission.take(actor, { count: plans.length })
  let row: StoredComparison | null = null
  try {
    await requireFittingAll(running, input)
    const inputData = await input.loadInput()
    row = await store(inputData)
    for (const { plan, target, id } of plans) {
      // From here on the run itself gives its place back.
      const giveBack = places.shift()
      const { parameters } = target
      await beginRun(running, plan, { actor, inputData, id, parameters, pinned: true, giveBack })
    }
    // Its owner may have deleted it meanwhile. Nothing names the runs then that have begun since.
    if ((await deps.comparisons.brief(row.id)) === null) await takeBackRuns(running, runsOf(row))
    return row
  } catch (error) {
    for (const giveBack of places) giveBack()
    // If the database is away, the comparison stays and its owner can delete it. The caller gets the first error.
    if (row) await takeBack(deps, row).catch(() => undefined)
    throw error
  }
}

/**
 * Starts to run every target on one input. If a target does not exist or its parameters break its schema, the
 * whole comparison is refused. A target that cannot run now becomes a failed cell, and the others run. Throws `quota.comparisons`.
 */
export async function startComparison(
  deps: ComparisonsDeps,
  input: {
    actor: Actor
    title: string
    input: { asset_id?: string | undefined; input_data?: Json[] | undefined }
    targets: readonly Comparison['cells'][number]['target'][]
  },
): Promise<StoredComparison> {
  const { actor, running } = { ...deps, ...input }
  const plans: Planned[] = []
  for (const target of input.targets) {
    const plan = await planRun(running, { actor, serviceId: target.service_id, release: target.release })
    plans.push({ plan, target, id: randomUUID() })
  }
  const { asset_id: assetId, input_data: given } = input.input
  const loadInput = () => checkedInput(running, { actor, assetId, inputData: given })
  return beginAll(deps, { actor, plans, loadInput }, (inputData) =>
    deps.owned.storeOneMore(actor, 'comparisons', {
      countOf: (makerId) => deps.comparisons.countOf(makerId),
      store: () =>
        deps.comparisons.insert({
          title: input.title,
          inputData,
          cells: plans.map(({ target, id }) => ({ target, run_id: id })),
          createdById: actor.id,
          createdBy: actor.name,
        }),
    }),
  )
}

/** A comparison that the actor may see, for which room is taken. */
export async function readComparison(
  deps: ComparisonsDeps,
  input: { actor: Actor; id: string },
  reading: Pick<Hold, 'take'>,
): Promise<ComparisonRecord> {
  const { id, bytes } = await findComparison(deps, input)
  await takeTexts(reading, bytes)
  const row = await deps.comparisons.texts(id)
  const [found] = row ? await asTheyAre(deps, [row], reading) : []
  if (!found) throw comparisonNotFound({ comparison_id: id })
  return found
}

/** What a preview of a comparison shows to everybody with a link to it. Null if it was deleted. */
export const previewComparison = (
  { comparisons }: Pick<ComparisonsDeps, 'comparisons'>,
  id: string,
): ReturnType<ComparisonsRepository['preview']> => comparisons.preview(id)

/** The actor's own comparisons, newest first. */
export async function listComparisons(
  deps: ComparisonsDeps,
  input: { actor: Actor; query: ListQuery },
  reading: Pick<Hold, 'take'>,
): Promise<{ items: ComparisonRecord[]; total: number }> {
  const { actor, query } = input
  const { ownerId: createdById, services: within } = visibleRows(actor)
  const { ids, bytes, total } = await deps.comparisons.page(
    { createdById, within, q: query.q },
    { limit: query.page_size, offset: (query.page - 1) * query.page_size },
  )
  await takeTexts(reading, bytes)
  return { items: await asTheyAre(deps, await deps.comparisons.listed(ids), reading), total }
}

/** Changes the title of a comparison. */
export async function renameComparison(
  deps: Pick<ComparisonsDeps, 'comparisons'>,
  input: { actor: Actor; id: string; title: string },
): Promise<void> {
  const { id } = await findComparison(deps, input)
  await deps.comparisons.rename(id, input.title)
}

/** Deletes a comparison. Its runs are not deleted, and those still running continue. */
export async function deleteComparison(
  deps: ComparisonsDeps,
  input: { actor: Actor; id: string },
): Promise<void> {
  const { id, runIds } = await findComparison(deps, input)
  await unpinRuns(deps.running, runIds)
  await deps.comparisons.delete(id)
}
