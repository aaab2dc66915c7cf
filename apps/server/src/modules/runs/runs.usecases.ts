import type { Json, ListQuery, RunStatus } from '@vitrine/contract'
import type { SchemaChecker } from '../../adapters/schema-checker/schema-checker.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Hold } from '../../lib/memory-budget.ts'
import { visibleRows } from '../../lib/policy.ts'
import { assetIdsIn } from '../assets/asset-ids.ts'
import { loadAsset } from '../assets/assets.usecases.ts'
import type { ReadAssetsDeps } from '../assets/assets.deps.ts'
import { payerOf } from '../quotas/quotas.ts'
import { takeTexts } from '../quotas/reading-memory.ts'
import type { ReleasesRepository } from '../releases/releases.repository.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import { beginFitting } from './admission/begin-run.ts'
import { planRun, planRunNow } from './admission/plan-run.ts'
import type { RunExecutor } from './execution/executor.ts'
import type { RecordFacts } from './facts/run-facts.ts'
import type { RunFairness } from './admission/fairness.ts'
import { hasRunEnded } from './execution/progress.ts'
import { requireInstance } from './admission/serving-instance.ts'
import type { FindInstanceDeps } from './admission/find-instance.ts'
import type { RunPlan } from './run-instance.ts'
import {
  findRun,
  readValues,
  recordOf,
  type FoundRun,
  type ReadRunsDeps,
  type WriteRun,
} from './reading/read-run.ts'
import { wasMadeOn, type RunBrief, type RunRecord } from './run-record.ts'
import { runEnded, runNotEnded, runServiceReplaced, runShown } from './runs.errors.ts'
import type { RunsRepository } from './runs.repository.ts'

/** What runs need. */
export type RunsDeps = FindInstanceDeps &
  RunFairness &
  ReadRunsDeps & {
    /** Whether a share link or a presentation shows a run. */
    isShown: (runId: string) => Promise<boolean>
    runs: RunsRepository
    executor: RunExecutor
    media: ReadAssetsDeps
    services: ServicesRepository
    releases: ReleasesRepository
    schemas: SchemaChecker
    recordFacts: RecordFacts
  }

/** The elements of an input in either of its two forms. Throws `asset.not_found` unless the actor may see every media file in them. */
export async function checkedInput(
  deps: Pick<RunsDeps, 'media'>,
  input: { actor: Actor; assetId?: string | undefined; inputData?: Json[] | undefined },
): Promise<Json[]> {
  const inputData = input.inputData ?? [{ asset_id: input.assetId ?? '' }]
  for (const id of new Set(assetIdsIn(inputData))) await loadAsset(deps.media, { actor: input.actor, id })
  return inputData
}

/**
 * Runs a service on an input: an asset, or elements that may name assets that the actor may see. Resolves with the stored run, which goes
 * on by itself. If this throws, nothing is stored: what {@link planRunNow}, {@link checkedInput} and {@link beginFitting} throw.
 */
export async function startRun(
  deps: RunsDeps,
  input: {
    actor: Actor
    serviceId: string
    assetId?: string | undefined
    inputData?: Json[] | undefined
    parameters: Record<string, Json>
  },
): Promise<RunRecord> {
  const plan = await planRunNow(deps, input)
  const inputData = await checkedInput(deps, input)
  return beginFitting(deps, plan, { actor: input.actor, inputData, parameters: input.parameters })
}

/**
 * Repeats a run for the actor as `plan` says, with the same input and parameters. Throws `service.not_ready` if the
 * current release is to run and has no instance, and `asset.not_found` for media that were deleted.
 */
export async function repeatRun(
  deps: RunsDeps,
  { actor, found, plan, replayOf }: { actor: Actor; found: FoundRun; plan: RunPlan; replayOf?: string },
): Promise<RunRecord> {
  const { run } = found
  if (plan.release?.number === plan.service.currentRelease) requireInstance(deps, plan.service)
  const reading = deps.reading.open(payerOf(actor))
  try {
    const given = await recordOf(run, await readValues(deps, { ...found, hidesLogs: true }, reading), reading)
    const inputData = await checkedInput(deps, { actor, inputData: given.input_data })
    const { parameters } = given
    return await beginFitting(deps, plan, { actor, inputData, parameters, ...(replayOf && { replayOf }) })
  } finally {
    reading.end()
  }
}

/**
 * Repeats a run for the actor: on its release if that still exists, else on the current one. Throws `run.not_found`, as {@link repeatRun} does,
 * and `run.service_replaced` if another service has the ID by now: its owner may be somebody else, to whom the person has given no input.
 */
export async function runAgain(deps: RunsDeps, input: { actor: Actor; id: string }): Promise<RunRecord> {
  const { actor } = input
  const found = await findRun(deps, input)
  const { service_id: serviceId, release: number } = found.run
  const kept = number === null ? null : await deps.releases.get(serviceId, number)
  const plan = await planRun(deps, { actor, serviceId, release: kept?.number })
  if (!wasMadeOn(plan.service, found.run))
    throw runServiceReplaced({ run_id: input.id, service_id: serviceId })
  return repeatRun(deps, { actor, found, plan })
}

/** The actor's own runs in their current state, newest first, as JSON text for one reader. */
export async function listRuns(
  deps: Pick<RunsDeps, 'runs' | 'executor'>,
  input: {
    actor: Actor
    query: ListQuery & { service_id?: string | undefined; status?: RunStatus | undefined }
    write: WriteRun
  },
  reading: Pick<Hold, 'take'>,
): Promise<readonly string[]> {
  const { actor, query, write } = input
  const { ownerId: createdById, services: within } = visibleRows(actor)
  const { ids, bytes, total } = await deps.runs.page(
    { serviceId: query.service_id, status: query.status, createdById, within },
    { limit: query.page_size, offset: (query.page - 1) * query.page_size },
  )
  await takeTexts(reading, bytes)
  const asItIs = (run: RunBrief): RunBrief => {
    const current = deps.executor.current(run.id)
    if (!current) return run
    const { status, progress, progress_message, started_at } = current
    return { ...run, status, progress, progress_message, started_at }
  }
  const items: string[] = []
  for (const { run, values } of await deps.runs.listed(ids))
    items.push(...(items.length > 0 ? [','] : []), ...(await write(asItIs(run), values, reading)).run)
  return ['{"items":[', ...items, `],"total":${total}}`]
}

/** The current states of these runs, by id. Deleted runs are missing. */
export async function runStates(
  deps: Pick<RunsDeps, 'runs' | 'executor'>,
  ids: readonly string[],
): Promise<Map<string, Pick<RunRecord, 'status' | 'error'>>> {
  const states = await deps.runs.states(ids)
  for (const id of states.keys()) {
    const current = deps.executor.current(id)
    if (current) states.set(id, current)
  }
  return states
}

/** Cancels a run. Throws `run.not_found`, also for a run of somebody else, and `run.ended`. */
export async function cancelRun(
  deps: Pick<RunsDeps, 'runs' | 'executor'>,
  input: { actor: Actor; id: string },
): Promise<FoundRun> {
  const found = await findRun(deps, input)
  const { run } = found
  if (!deps.executor.cancel(run.id)) throw runEnded({ run_id: run.id, status: run.status })
  return found
}

/** Lets runs be deleted that a comparison has shown, which is deleted now. */
export const unpinRuns = (
  deps: { runs: Pick<RunsRepository, 'unpin'> },
  ids: readonly string[],
): Promise<void> => deps.runs.unpin(ids)

/** Cancels runs that have begun for a comparison that did not come about. They can then be deleted. */
export function takeBackRuns(
  deps: { runs: Pick<RunsRepository, 'unpin'>; executor: Pick<RunExecutor, 'cancel'> },
  ids: readonly string[],
): Promise<void> {
  for (const id of ids) deps.executor.cancel(id)
  return unpinRuns(deps, ids)
}

/**
 * Deletes an ended run. Throws `run.not_found`, also for a run of somebody else, `run.not_ended`, and `run.shown` if a comparison, a link
 * or a presentation shows it.
 */
export async function deleteRun(deps: RunsDeps, input: { actor: Actor; id: string }): Promise<void> {
  const { run, ...owner } = await findRun(deps, input)
  if (!hasRunEnded(run)) throw runNotEnded({ run_id: run.id })
  if ((await deps.isShown(run.id)) || !(await deps.runs.delete(run.id))) throw runShown({ run_id: run.id })
  deps.admission.forget(owner)
}
