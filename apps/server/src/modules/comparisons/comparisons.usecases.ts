import { randomUUID } from 'node:crypto'
import type { Comparison, Json, ListQuery } from '@vitrine/contract'
import { refusalOf } from '../../http/validation.ts'
import type { Actor } from '../../lib/actor.ts'
import { mayUse, visibleRows } from '../../lib/policy.ts'
import { brokenParameters, checkingFor } from '../runs/run-rules.ts'
import type { RunPlan } from '../runs/run-instance.ts'
import { beginRun, checkedInput, planRun, runStates, type RunsDeps } from '../runs/runs.usecases.ts'
import { comparisonNotFound } from './comparisons.errors.ts'
import type { ComparisonsRepository, StoredComparison } from './comparisons.repository.ts'
import { cellOf, comparisonStatus, type ComparisonRecord } from './comparisons.state.ts'

/** What comparisons need. */
export type ComparisonsDeps = { comparisons: ComparisonsRepository; running: RunsDeps }

async function asTheyAre(
  deps: ComparisonsDeps,
  rows: readonly StoredComparison[],
): Promise<ComparisonRecord[]> {
  const states = await runStates(
    deps.running,
    rows.flatMap((row) => row.cells.map((cell) => cell.run_id)),
  )
  return rows.map((row) => {
    const cells = row.cells.map((cell) => cellOf(cell, states.get(cell.run_id) ?? null))
    return {
      id: row.id,
      title: row.title,
      status: comparisonStatus(cells.map((cell) => cell.status)),
      input_data: row.inputData,
      cells,
      created_by: row.createdBy,
      created_at: row.createdAt.toISOString(),
    }
  })
}

async function load(deps: ComparisonsDeps, input: { actor: Actor; id: string }): Promise<StoredComparison> {
  const row = await deps.comparisons.get(input.id)
  const services = row?.cells.map(({ target }) => target.service_id) ?? []
  if (!row || !mayUse(input.actor, { ownerId: row.createdById, services }))
    throw comparisonNotFound({ comparison_id: input.id })
  return row
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

/**
 * Begins the runs of a comparison if all of them fit, and then stores it, so that there is never one without its runs. If
 * anything fails, the runs that began are cancelled. Places are taken before anything is checked, so that what one person
 * has in the queue of checks is bounded.
 */
async function beginAll(
  running: RunsDeps,
  input: { actor: Actor; plans: readonly Planned[]; loadInput: () => Promise<Json[]> },
  store: (inputData: Json[]) => Promise<StoredComparison>,
): Promise<StoredComparison> {
  const { actor, plans } = input
  const places = await running.admission.take(actor, { count: plans.length })
  const begun: string[] = []
  try {
    await requireFittingAll(running, input)
    const inputData = await input.loadInput()
    for (const { plan, target, id } of plans) {
      // From here on the run itself gives its place back.
      const giveBack = places.shift()
      const { parameters } = target
      await beginRun(running, plan, { actor, inputData, id, parameters, pinned: true, giveBack })
      begun.push(id)
    }
    return await store(inputData)
  } catch (error) {
    for (const giveBack of places) giveBack()
    for (const id of begun) running.executor.cancel(id)
    await running.runs.unpin(begun)
    throw error
  }
}

/**
 * Starts to run every target on one input. If a target does not exist or its parameters break its schema, the
 * whole comparison is refused. A target that cannot run now becomes a failed cell, and the others run.
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
  return beginAll(running, { actor, plans, loadInput }, (inputData) =>
    deps.comparisons.insert({
      title: input.title,
      inputData,
      cells: plans.map(({ target, id }) => ({ target, run_id: id })),
      createdById: actor.id,
      createdBy: actor.name,
    }),
  )
}

/**
 * A comparison that the actor may see: their own, or any for an administrator. For the actor, other
 * comparisons do not exist.
 */
export async function getComparison(
  deps: ComparisonsDeps,
  input: { actor: Actor; id: string },
): Promise<ComparisonRecord> {
  const row = await load(deps, input)
  const [comparison] = await asTheyAre(deps, [row])
  if (!comparison) throw comparisonNotFound({ comparison_id: input.id })
  return comparison
}

/** The actor's own comparisons, newest first. */
export async function listComparisons(
  deps: ComparisonsDeps,
  input: { actor: Actor; query: ListQuery },
): Promise<{ items: ComparisonRecord[]; total: number }> {
  const { actor, query } = input
  const { ownerId: createdById, services: within } = visibleRows(actor)
  const { rows, total } = await deps.comparisons.list(
    { createdById, within, q: query.q },
    { limit: query.page_size, offset: (query.page - 1) * query.page_size },
  )
  return { items: await asTheyAre(deps, rows), total }
}

/** Changes the title of a comparison. */
export async function renameComparison(
  deps: ComparisonsDeps,
  input: { actor: Actor; id: string; title: string },
): Promise<ComparisonRecord> {
  const row = await load(deps, input)
  await deps.comparisons.rename(row.id, input.title)
  return getComparison(deps, input)
}

/** Deletes a comparison. Its runs are not deleted, and those still running continue. */
export async function deleteComparison(
  deps: ComparisonsDeps,
  input: { actor: Actor; id: string },
): Promise<void> {
  const row = await load(deps, input)
  await deps.running.runs.unpin(row.cells.map(({ run_id: id }) => id))
  await deps.comparisons.delete(row.id)
}
