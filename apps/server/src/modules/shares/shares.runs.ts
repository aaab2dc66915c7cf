import type { Json } from '@vitrine/contract'
import type { Readable } from 'node:stream'
import { platformActor, type Actor } from '../../lib/actor.ts'
import { AppError } from '../../lib/errors.ts'
import { takeBack } from '../../lib/take-back.ts'
import { assetNotFound } from '../assets/assets.errors.ts'
import type { StoredAsset } from '../assets/assets.repository.ts'
import type { RunPlan } from '../runs/run-instance.ts'
import { findRun, type FoundRun } from '../runs/reading/read-run.ts'
import { runNotFound } from '../runs/runs.errors.ts'
import { assetIdsIn } from '../assets/asset-ids.ts'
import { beginFitting } from '../runs/admission/begin-run.ts'
import { cancelRun } from '../runs/runs.usecases.ts'
import { planRunNow } from '../runs/admission/plan-run.ts'
import { samplesOf } from '../showcase/showcase.usecases.ts'
import { shareNotReady, shareTargetGone, shareUploadsFull } from './shares.errors.ts'
import type { StoredShare } from './shares.repository.ts'
import type { ShowSharesDeps } from './shares.view.ts'
import type { OpenedShare, OpenSharesDeps } from './shares.visitor.ts'
import { beginCounted, beginVisit, visitorActor, type VisitDeps } from './shares.visits.ts'

/** Stores an upload while it streams in. Resolves with the asset. */
export type KeepUpload = (input: {
  actor: ReturnType<typeof visitorActor>
  name: string
  content: Readable
}) => Promise<StoredAsset>

/** What a visitor's runs and uploads need. */
export type VisitSharesDeps = ShowSharesDeps &
  OpenSharesDeps &
  Pick<VisitDeps, 'onError'> & {
    keepUpload: KeepUpload
    /** Deletes a media file with its bytes. It is no error if the file is already gone. */
    forgetAsset: (id: string) => Promise<void>
  }

/** What the shared stage runs now. The link allows it, whoever the visitor is. */
async function planVisit(deps: VisitSharesDeps, share: StoredShare): Promise<RunPlan> {
  const { running } = deps
  try {
    return await planRunNow(running, { actor: platformActor, serviceId: share.targetId })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw error.status === 404 ? shareTargetGone({}, error) : shareNotReady({}, error)
  }
}

/** Whether a link shows this media file to this visitor: as part of its target, or as their own upload. */
async function showsAsset(deps: VisitSharesDeps, opened: OpenedShare, assetId: string): Promise<boolean> {
  const { share, visitor } = opened
  if (visitor && (await deps.shares.isAssetOf({ assetId, visitorId: visitor.id }))) return true
  const isShown = await deps.shown.showsAsset(share, assetId)
  if (isShown === null) throw shareTargetGone({})
  return isShown
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
 * Starts a visitor's run on a shared stage that may be run, and counts it. A run that cannot start, because its values do not fit or
 * there is no place for it, is not counted, and leaves no new visitor, unless another request of their page may run as them already.
 */
export async function startVisitorRun(
  deps: VisitSharesDeps,
  opened: OpenedShare,
  input: { inputData: Json[]; parameters: Record<string, Json>; network: string },
): Promise<{ runId: string; runsLeft: number | null; secret: string | null }> {
  const { share } = opened
  for (const id of new Set(assetIdsIn(input.inputData))) await refuseHiddenAsset(deps, opened, id)
  const plan = await planVisit(deps, share)
  const { actor, secret, undo, ...counted } = await beginCounted(deps, opened)
  try {
    const { id: runId } = await beginFitting(deps.running, plan, { actor, ...input })
    return { runId, runsLeft: counted.runsLeft, secret }
  } catch (error) {
    await undo(error)
    throw error
  }
}

/** The visitor of a link as a reader: all visitors of one person's links share the room for reading. */
export const visitingReader = ({ share }: OpenedShare): Pick<Actor, 'id' | 'linksOf'> => ({
  id: share.id,
  linksOf: share.createdById,
})

/** The visitor as the owner of a run. Throws if they have never made one. */
function makerOf({ share, visitor }: OpenedShare, runId: string): Actor {
  if (!visitor) throw runNotFound({ run_id: runId })
  return visitorActor(share, visitor)
}

/** Whether the link's stage shows a run: as the platform's own run of a demo input, or because its presentation chose it. */
async function isSample(deps: VisitSharesDeps, share: StoredShare, id: string): Promise<boolean> {
  const { targetId: serviceId } = share
  if (share.kind !== 'stage') return false
  if ((await deps.presentations.presentingRun(id)).includes(serviceId)) return true
  const stored = await deps.runs.brief(id)
  if (stored?.createdById !== platformActor.id) return false
  const release = (await deps.releases.active([serviceId])).get(serviceId)
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
): Promise<FoundRun> {
  const actor = (await isSample(deps, opened.share, id)) ? platformActor : makerOf(opened, id)
  return findRun(deps.running, { actor, id })
}

/** A run that a link shows to this visitor: its target, one of a comparison, or their own. */
export async function getShownRun(deps: VisitSharesDeps, opened: OpenedShare, id: string): Promise<FoundRun> {
  const { share } = opened
  if (share.kind === 'stage') return getVisitorRun(deps, opened, id)
  const shown = share.kind === 'run' ? [share.targetId] : await deps.shown.runsCompared(share.targetId)
  if (!shown.includes(id)) throw runNotFound({ run_id: id })
  return findRun(deps.running, { actor: platformActor, id })
}

/**
 * Cancels a run that this visitor made through this link. For the visitor, other runs do not exist. Refused
 * if the run has ended.
 */
export async function cancelVisitorRun(
  deps: VisitSharesDeps,
  opened: OpenedShare,
  id: string,
): Promise<FoundRun> {
  return cancelRun(deps.running, { actor: makerOf(opened, id), id })
}

/** Records whose a stored file is. It is deleted again if the link has too many, because nothing would delete it later. */
async function recordUpload(
  deps: VisitSharesDeps,
  place: { assetId: string; visitorId: string; shareId: string },
): Promise<void> {
  try {
    if (!(await deps.shares.addAsset({ ...place, most: deps.limits.uploadsPerLink })))
      throw shareUploadsFull({})
  } catch (error) {
    const left = 'an upload of a visitor that was not recorded is still stored'
    await takeBack([() => deps.forgetAsset(place.assetId)], { error, left, onError: deps.onError })
    throw error
  }
}

/** Stores a visitor's own input for a link that may be run. It is deleted together with the visitor. */
export async function uploadVisitorAsset(
  deps: VisitSharesDeps,
  opened: OpenedShare,
  input: { name: string; content: Readable },
): Promise<{ asset: StoredAsset; secret: string | null }> {
  const { id: shareId } = opened.share
  if ((await deps.shares.countAssets(shareId)) >= deps.limits.uploadsPerLink) throw shareUploadsFull({})
  const { actor, secret, undo } = await beginVisit(deps, opened)
  try {
    const asset = await deps.keepUpload({ actor, ...input })
    await recordUpload(deps, { assetId: asset.id, visitorId: actor.id, shareId })
    return { asset, secret }
  } catch (error) {
    await undo(error)
    throw error
  }
}
