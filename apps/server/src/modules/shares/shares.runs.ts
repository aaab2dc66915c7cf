import type { Json } from '@vitrine/contract'
import type { Readable } from 'node:stream'
import { platformActor, type Actor } from '../../lib/actor.ts'
import { AppError } from '../../lib/errors.ts'
import { assetNotFound } from '../assets/assets.errors.ts'
import { requireInstance } from '../runs/find-instance.ts'
import type { RunRecord } from '../runs/run-record.ts'
import { requireFitting } from '../runs/run-rules.ts'
import { runNotFound } from '../runs/runs.errors.ts'
import { assetIdsIn, beginRun, cancelRun, getRun, planRun, type RunPlan } from '../runs/runs.usecases.ts'
import { samplesOf } from '../showcase/showcase.usecases.ts'
import {
  shareLookOnly,
  shareNotReady,
  shareTargetGone,
  shareUploadsFull,
  shareUsedUp,
} from './shares.errors.ts'
import { runsLeft } from './shares.state.ts'
import type { StoredShare, StoredVisitor } from './shares.repository.ts'
import type { ShowSharesDeps } from './shares.view.ts'
import { visitorActor, createVisitor, type OpenedShare, type OpenSharesDeps } from './shares.visitor.ts'

/** Stores an upload while it streams in. Resolves with the asset's id. */
export type KeepUpload = (input: {
  actor: ReturnType<typeof visitorActor>
  name: string
  content: Readable
}) => Promise<{ id: string }>

/** What a visitor's runs and uploads need. */
export type VisitSharesDeps = ShowSharesDeps &
  OpenSharesDeps & {
    keepUpload: KeepUpload
    /** Deletes a media file with its bytes. It is no error if the file is already gone. */
    forgetAsset: (id: string) => Promise<void>
  }

/** Most files that all visitors of a link together may have stored. */
const mostUploads = 100

/** The visitor, who is created if they are new. Then `secret` is for their cookie, else null. */
type Visiting = { visitor: StoredVisitor; secret: string | null }

const visiting = async (deps: VisitSharesDeps, opened: OpenedShare): Promise<Visiting> =>
  opened.visitor ? { visitor: opened.visitor, secret: null } : createVisitor(deps, opened.share)

/** Throws `share.look_only` for a link that allows no runs, and `share.used_up` if all its runs are used. */
export function requireRunnable(share: StoredShare): void {
  if (share.kind !== 'stage' || !share.mayRun) throw shareLookOnly({})
  if (runsLeft(share) === 0) throw shareUsedUp({})
}

/** What the shared stage runs now. The link allows it, whoever the visitor is. */
async function planVisit(deps: VisitSharesDeps, share: StoredShare): Promise<RunPlan> {
  const { running } = deps
  try {
    const plan = await planRun(running, { actor: platformActor, serviceId: share.targetId })
    requireInstance(running, plan.service)
    return plan
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw error.status === 404 ? shareTargetGone({}, error) : shareNotReady({}, error)
  }
}

/** Whether a link shows this media file to this visitor: as part of its target, or as their own upload. */
async function showsAsset(deps: VisitSharesDeps, opened: OpenedShare, assetId: string): Promise<boolean> {
  const { share, visitor } = opened
  if (visitor && (await deps.shares.isAssetOf({ assetId, visitorId: visitor.id }))) return true
  const inputs = await deps.shown.inputs(share)
  if (inputs === null) throw shareTargetGone({})
  // Only inputs count: what an algorithm writes into its result must not give access to other people's files.
  return [...assetIdsIn(inputs.inputData), ...inputs.previews].includes(assetId)
}

/** Throws `asset.not_found` unless a link shows this media file to this visitor. */
export async function refuseHiddenAsset(
  deps: VisitSharesDeps,
  opened: OpenedShare,
  assetId: string,
): Promise<void> {
  if (!(await showsAsset(deps, opened, assetId))) throw assetNotFound({ asset_id: assetId })
}

/**
 * Does something for a visitor, who is created if they are new. If it fails, a new visitor is removed again.
 * Resolves with the result and the secret for a new visitor's cookie.
 */
async function asVisitor<T>(
  deps: VisitSharesDeps,
  opened: OpenedShare,
  work: (actor: Actor) => Promise<T>,
): Promise<{ done: T; secret: string | null }> {
  const { visitor, secret } = await visiting(deps, opened)
  try {
    return { done: await work(visitorActor(opened.share, visitor)), secret }
  } catch (error) {
    if (secret !== null) await deps.shares.removeVisitors([visitor.id])
    throw error
  }
}

/**
 * Starts a visitor's run on the shared stage and counts it. A run that cannot start is not counted, and leaves
 * no new visitor.
 */
export async function startVisitorRun(
  deps: VisitSharesDeps,
  opened: OpenedShare,
  input: { inputData: Json[]; parameters: Record<string, Json>; network: string },
): Promise<{ runId: string; runsLeft: number | null; secret: string | null }> {
  requireRunnable(opened.share)
  for (const id of new Set(assetIdsIn(input.inputData))) await refuseHiddenAsset(deps, opened, id)
  const plan = await planVisit(deps, opened.share)
  // All visitors of one person's links take turns as one.
  const payer = { id: opened.share.id, linksOf: opened.share.createdById }
  await requireFitting(deps.running, plan, { actor: payer, ...input })
  const share = await deps.shares.consumeRun(opened.share.id, deps.clock())
  if (!share) throw shareUsedUp({})
  try {
    const begin = (actor: Actor) => beginRun(deps.running, plan, { actor, ...input })
    const { done: run, secret } = await asVisitor(deps, opened, begin)
    return { runId: run.id, runsLeft: runsLeft(share), secret }
  } catch (error) {
    await deps.shares.refundRun(share.id)
    throw error
  }
}

/** The visitor as the owner of a run. Throws if they have never made one. */
function makerOf({ share, visitor }: OpenedShare, runId: string) {
  if (!visitor) throw runNotFound({ run_id: runId })
  return visitorActor(share, visitor)
}

/** Whether a run is the platform's own run of a demo input that the link's stage shows. */
async function isSample(deps: VisitSharesDeps, share: StoredShare, id: string): Promise<boolean> {
  const stored = await deps.running.runs.get(id)
  if (share.kind !== 'stage' || stored?.createdById !== platformActor.id) return false
  const { targetId: serviceId } = share
  const release = (await deps.running.releases.active([serviceId])).get(serviceId)
  const samples = release ? await samplesOf(deps.showcase, serviceId, release.examples) : []
  return samples.some((sample) => sample.run_id === id)
}

/**
 * A run that this visitor made through this link, or that its stage shows. For the visitor, other runs do not
 * exist.
 */
export async function getVisitorRun(
  deps: VisitSharesDeps,
  opened: OpenedShare,
  id: string,
): Promise<RunRecord> {
  const actor = (await isSample(deps, opened.share, id)) ? platformActor : makerOf(opened, id)
  return (await getRun(deps.running, { actor, id })).run
}

/** A run that a link shows to this visitor: its target, one of a comparison, or their own. */
export async function getShownRun(
  deps: VisitSharesDeps,
  opened: OpenedShare,
  id: string,
): Promise<RunRecord> {
  const { share } = opened
  if (share.kind === 'stage') return getVisitorRun(deps, opened, id)
  const shown = share.kind === 'run' ? [share.targetId] : await deps.shown.runsCompared(share.targetId)
  if (!shown.includes(id)) throw runNotFound({ run_id: id })
  return (await getRun(deps.running, { actor: platformActor, id })).run
}

/**
 * Cancels a run that this visitor made through this link. For the visitor, other runs do not exist. Refused
 * if the run has ended.
 */
export async function cancelVisitorRun(
  deps: VisitSharesDeps,
  opened: OpenedShare,
  id: string,
): Promise<RunRecord> {
  return cancelRun(deps.running, { actor: makerOf(opened, id), id })
}

/** Stores a visitor's own input. It is deleted together with the visitor. */
export async function uploadVisitorAsset(
  deps: VisitSharesDeps,
  opened: OpenedShare,
  input: { name: string; content: Readable },
): Promise<{ assetId: string; secret: string | null }> {
  requireRunnable(opened.share)
  if ((await deps.shares.countAssets(opened.share.id)) >= mostUploads) throw shareUploadsFull({})
  const keep = async (actor: Actor) => {
    const { id: assetId } = await deps.keepUpload({ actor, ...input })
    try {
      const place = { assetId, visitorId: actor.id, shareId: opened.share.id, most: mostUploads }
      if (!(await deps.shares.addAsset(place))) throw shareUploadsFull({})
    } catch (error) {
      // Without its row nothing would delete it later.
      await deps.forgetAsset(assetId)
      throw error
    }
    return assetId
  }
  const { done: assetId, secret } = await asVisitor(deps, opened, keep)
  return { assetId, secret }
}
