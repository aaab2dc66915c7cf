import { seesEverything, type Json, type ListQuery, type Run } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { loadAsset } from '../assets/assets.usecases.ts'
import type { AssetsRepository } from '../assets/assets.repository.ts'
import type { LiveBoard } from '../instances/live-board.ts'
import type { ReleasesRepository } from '../releases/releases.repository.ts'
import { serviceNotReady } from '../services/services.errors.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import { takesRequests } from '../services/services.state.ts'
import { loadService } from '../services/services.usecases.ts'
import type { RunExecutor } from './run-executor.ts'
import { runEnded, runNotFound } from './runs.errors.ts'
import type { RunsRepository, StoredRun } from './runs.repository.ts'

/** What running needs. */
export type RunsDeps = {
  runs: RunsRepository
  executor: RunExecutor
  assets: AssetsRepository
  services: ServicesRepository
  releases: ReleasesRepository
  board: Pick<LiveBoard, 'ofService'>
}

/** Port of an instance that takes requests now, or why there is none. */
function readyPort(deps: RunsDeps, service: StoredService): number {
  const instances = deps.board
    .ofService(service.id)
    .filter((instance) => instance.release === service.currentRelease)
  const ready = instances.find(takesRequests)
  if (ready) return ready.port
  const why =
    service.desired === 'stopped' ? 'STOPPED' : (instances[0]?.reason ?? instances[0]?.state ?? 'STARTING')
  throw serviceNotReady({ service_id: service.id, reason: why })
}

const assetIds = (elements: readonly Json[]): string[] =>
  elements.flatMap((element) =>
    typeof element === 'object' &&
    element !== null &&
    !Array.isArray(element) &&
    typeof element.asset_id === 'string'
      ? [element.asset_id]
      : [],
  )

/** Begins to run a service on an input: an asset, or elements that may name assets that the asker may see. */
export async function startRun(
  deps: RunsDeps,
  input: {
    actor: Actor
    serviceId: string
    assetId?: string | undefined
    inputData?: Json[] | undefined
    parameters: Record<string, Json>
  },
): Promise<Run> {
  const service = await loadService(deps, input.serviceId)
  const port = readyPort(deps, service)
  const inputData = input.inputData ?? [{ asset_id: input.assetId ?? '' }]
  for (const id of assetIds(inputData)) await loadAsset(deps, { actor: input.actor, id })
  const active = (await deps.releases.active([service.id])).get(service.id)
  const { run } = await deps.runs.insert({
    serviceId: service.id,
    release: active?.number ?? null,
    commit: active?.commit ?? null,
    inputData,
    parameters: input.parameters,
    createdById: input.actor.id,
    createdBy: input.actor.name,
  })
  deps.executor.start(run, port)
  return run
}

/** A run that the asker may see: their own, any for an administrator; another's does not exist for them. */
export async function getRun(
  deps: Pick<RunsDeps, 'runs' | 'executor'>,
  input: { actor: Actor; id: string },
): Promise<StoredRun> {
  const stored = await deps.runs.get(input.id)
  if (!stored || !(seesEverything(input.actor.role) || stored.createdById === input.actor.id))
    throw runNotFound({ run_id: input.id })
  return { ...stored, run: deps.executor.current(input.id) ?? stored.run }
}

/** The asker's own runs, newest first. */
export function listRuns(
  deps: Pick<RunsDeps, 'runs'>,
  input: { actor: Actor; query: ListQuery & { service_id?: string | undefined } },
): Promise<{ items: Run[]; total: number }> {
  const { actor, query } = input
  return deps.runs.list(
    { serviceId: query.service_id, createdById: seesEverything(actor.role) ? null : actor.id },
    { limit: query.page_size, offset: (query.page - 1) * query.page_size },
  )
}

/** Asks a run to end. */
export async function cancelRun(
  deps: Pick<RunsDeps, 'runs' | 'executor'>,
  input: { actor: Actor; id: string },
): Promise<Run> {
  const { run } = await getRun(deps, input)
  if (!deps.executor.cancel(run.id)) throw runEnded({ run_id: run.id, status: run.status })
  return run
}
