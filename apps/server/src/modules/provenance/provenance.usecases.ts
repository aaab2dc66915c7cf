import { isDeepStrictEqual } from 'node:util'
import type { Provenance, ReleaseEnvironment, ReplayOutcome } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { Hold } from '../../lib/memory-budget.ts'
import { AppError } from '../../lib/errors.ts'
import { assetNotFound } from '../assets/assets.errors.ts'
import { takeTexts } from '../quotas/reading-memory.ts'
import { environmentNotRecorded, releaseNotFound } from '../releases/releases.errors.ts'
import type { ReleasesRepository, StoredRelease } from '../releases/releases.repository.ts'
import type { RunFacts } from '../runs/facts/run-facts.ts'
import { hasRunEnded } from '../runs/execution/progress.ts'
import { findReadableRun, findRun, readValues, recordOf, type FoundRun } from '../runs/reading/read-run.ts'
import type { RunBrief, RunRecord } from '../runs/run-record.ts'
import { releaseNotKept, runNotFound } from '../runs/runs.errors.ts'
import { planRun } from '../runs/admission/plan-run.ts'
import { repeatRun, type RunsDeps } from '../runs/runs.usecases.ts'
import { compareResults, tolerance } from './compare-results.ts'
import { replayInputGone, replayNone, replayNotEnded, replayReleaseGone } from './provenance.errors.ts'
import type { ProvenanceRepository, StoredOrigin } from './provenance.repository.ts'
import { statementOf } from './statement.ts'

/** What provenance and replays need. */
export type ProvenanceDeps = {
  origins: ProvenanceRepository
  running: RunsDeps
  releases: Pick<ReleasesRepository, 'get' | 'lockOf'>
  /** Whether the files of a release still exist. */
  keepsFiles: (serviceId: string, release: number) => Promise<boolean>
}

type Reading = Pick<Hold, 'take'>

/** Where the result of a run comes from, for somebody who may see the run. Room is taken for its parameters. */
export async function provenanceOf(
  { origins }: Pick<ProvenanceDeps, 'origins'>,
  { run, origin }: { run: RunBrief; origin: string },
  reading: Reading,
): Promise<Provenance> {
  const bytes = await origins.parametersBytes(run.id)
  if (bytes !== null) await takeTexts(reading, bytes)
  const [stored, parameters] = await Promise.all([origins.origin(run.id), origins.parameters(run.id)])
  if (!stored || !parameters) throw runNotFound({ run_id: run.id })
  return statementOf({ run, stored, parameters, origin })
}

/** Where the result of a run comes from, for an actor. */
export async function readProvenance(
  deps: ProvenanceDeps,
  { actor, id, origin }: { actor: Actor; id: string; origin: string },
  reading: Reading,
): Promise<Provenance> {
  const { run } = await findReadableRun(deps.running, { actor, id })
  return provenanceOf(deps, { run, origin }, reading)
}

/** The release of a run, if it is still there: another one may have its number since the service was deleted. */
async function releaseOf({ releases, keepsFiles }: ProvenanceDeps, run: RunBrief): Promise<StoredRelease> {
  const { id: run_id, service_id: serviceId, release: number } = run
  const release = number === null ? null : await releases.get(serviceId, number)
  if (!release || release.commit !== run.commit || release.createdAt > new Date(run.created_at))
    throw replayReleaseGone({ run_id, release: number })
  if (!(await keepsFiles(serviceId, release.number)))
    throw releaseNotKept({ service_id: serviceId, release: release.number })
  return release
}

/**
 * Runs exactly the same again: on the same release, beside the current one if that is another. Throws `replay.not_ended`,
 * `replay.release_gone`, `run.release_not_kept` and `replay.input_gone`, and what starting a run throws.
 */
export async function startReplay(
  deps: ProvenanceDeps,
  { actor, id }: { actor: Actor; id: string },
): Promise<RunRecord> {
  const { running } = deps
  const found = await findRun(running, { actor, id })
  const { run } = found
  if (!hasRunEnded(run)) throw replayNotEnded({ run_id: id })
  const { number: release } = await releaseOf(deps, run)
  const plan = await planRun(running, { actor, serviceId: run.service_id, release })
  try {
    return await repeatRun(running, { actor, found, plan, replayOf: id })
  } catch (error) {
    if (!(error instanceof AppError && error.code === assetNotFound({ asset_id: id }).code)) throw error
    throw replayInputGone({ run_id: id }, error)
  }
}

/** The run that a replay repeats. Null if it was deleted, or the actor may not see it. */
async function originalOf(
  { running, origins }: ProvenanceDeps,
  { actor, id }: { actor: Actor; id: string },
): Promise<{ found: FoundRun; stored: StoredOrigin | null } | null> {
  try {
    const found = await findRun(running, { actor, id })
    return { found, stored: await origins.origin(id) }
  } catch (error) {
    if (error instanceof AppError && error.status === 404) return null
    throw error
  }
}

/** The recorded differences in the circumstances of two runs. Pure. */
function changedBetween(before: RunFacts, after: RunFacts): ReplayOutcome['changed'] {
  const isChanged: Record<ReplayOutcome['changed'][number], boolean> = {
    configuration: before.configRevision !== after.configRevision,
    network: before.network !== after.network,
    limits: !isDeepStrictEqual(before.limits, after.limits),
    platform: before.platform !== after.platform,
  }
  const all = ['configuration', 'network', 'limits', 'platform'] as const
  return all.filter((one) => isChanged[one])
}

/** Whether a replay gave the same result as the run that it repeats. Room is taken for the results if they must be compared. */
export async function replayOutcome(
  deps: ProvenanceDeps,
  { actor, id }: { actor: Actor; id: string },
  reading: Reading,
): Promise<ReplayOutcome> {
  const { running, origins } = deps
  const replay = await findRun(running, { actor, id })
  const stored = await origins.origin(id)
  if (!stored?.replayOf) throw replayNone({ run_id: id })
  const original = await originalOf(deps, { actor, id: stored.replayOf })
  const status = { before: original?.found.run.status ?? null, after: replay.run.status }
  const nothing = { parts: [], differences: [], differing: 0 }
  const changed = original?.stored ? changedBetween(original.stored.facts, stored.facts) : []
  const outcome = { run_id: id, replay_of: stored.replayOf, status, changed, tolerance }
  if (!original) return { ...outcome, ...nothing, state: 'original_gone', same: null, identical: null }
  if (!hasRunEnded(replay.run))
    return { ...outcome, ...nothing, state: 'pending', same: null, identical: null }
  // Equal digests need no comparison, however large the results are.
  const digest = original.stored?.resultSha256 ?? null
  if (digest !== null && digest === stored.resultSha256 && status.before === status.after)
    return { ...outcome, ...nothing, state: 'compared', same: true, identical: true }
  const read = async (found: FoundRun) =>
    recordOf(found.run, await readValues(running, { ...found, hidesLogs: true }, reading), reading)
  const compared = await compareResults(await read(original.found), await read(replay))
  return { ...outcome, ...compared, state: 'compared' }
}

/** What was installed for a release. Throws `release.environment_not_recorded`. */
export async function environmentOfRelease(
  { releases }: Pick<ProvenanceDeps, 'releases'>,
  { serviceId, number }: { serviceId: string; number: number },
): Promise<ReleaseEnvironment> {
  const lock = await releases.lockOf(serviceId, number)
  if (lock) return lock
  const release = await releases.get(serviceId, number)
  throw release
    ? environmentNotRecorded({ service_id: serviceId, release: number })
    : releaseNotFound({ service_id: serviceId, release: number })
}
