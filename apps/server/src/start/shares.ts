import type { Database } from '../adapters/database/database.ts'
import { platformActor } from '../lib/actor.ts'
import { systemClock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { OpenStreams } from '../lib/open-streams.ts'
import { sendAsset } from '../modules/assets/assets.routes.ts'
import { uploadAsset } from '../modules/assets/keep-asset.ts'
import { deleteAsset, loadAsset, type LibraryDeps } from '../modules/assets/assets.usecases.ts'
import { attemptLimitsOf } from '../modules/auth/attempts/attempt-limits.ts'
import { createAttemptsRepository } from '../modules/auth/attempts/attempts.repository.ts'
import type { ComparisonsDeps } from '../modules/comparisons/comparisons.usecases.ts'
import type { CurrentConfig } from '../modules/configs/effective/current-config.ts'
import { createPastRunsRepository } from '../modules/runs/history/past-runs.repository.ts'
import type { ProvenanceDeps } from '../modules/provenance/provenance.usecases.ts'
import type { OwnedRoom } from '../modules/quotas/owned.ts'
import type { RunFilesDeps } from '../modules/runs/files/keep-files.ts'
import type { RunsDeps } from '../modules/runs/runs.usecases.ts'
import type { PublicSharesDeps } from '../modules/shares/shares.public.routes.ts'
import type { MakeSharesDeps } from '../modules/shares/shares.usecases.ts'
import type { SharesRepository } from '../modules/shares/shares.repository.ts'
import { createShownRepository } from '../modules/shares/shares.shown.repository.ts'
import type { ShowcaseDeps } from '../modules/showcase/showcase.usecases.ts'
import type { VisitorLimits } from '../modules/shares/shares.visitor.ts'
import { createUsersRepository } from '../modules/users/users.repository.ts'

/** What visitors may do now. */
const visitorLimitsOf = (current: Pick<CurrentConfig, 'number'>): VisitorLimits => ({
  get requestsPerMinute() {
    return current.number('shares.requests_per_minute')
  },
  get uploadBytes() {
    return current.number('shares.upload_max_mb') * 1024 ** 2
  },
  get uploadsPerLink() {
    return current.number('shares.uploads_per_link')
  },
  get keepSeconds() {
    return current.number('shares.visitor_days') * 24 * 3600
  },
})

/** Wires share links: the dependencies of the routes for makers and visitors, and of deleting past visitors. */
export function wireShares(
  { db, current }: { db: Database; current: Pick<CurrentConfig, 'number'> },
  input: {
    media: LibraryDeps
    showcase: ShowcaseDeps
    comparisons: ComparisonsDeps
    running: RunsDeps
    runFiles: RunFilesDeps
    streams: OpenStreams
    shares: SharesRepository
    provenance: Pick<ProvenanceDeps, 'origins'>
    owned: OwnedRoom
    onError: (error: unknown) => void
  },
) {
  const { media, comparisons, running, runFiles } = input
  const limits = visitorLimitsOf(current)
  const forgetAsset = async (id: string): Promise<void> => {
    try {
      await deleteAsset(media, { actor: platformActor, id })
    } catch (error) {
      // Somebody has already deleted it or made it an example, so it does not belong to the visitor any more.
      if (!(error instanceof AppError)) throw error
    }
  }
  const visiting: PublicSharesDeps & MakeSharesDeps = {
    comparisons,
    running,
    showcase: input.showcase,
    clock: systemClock,
    limits,
    runFiles: { ...runFiles, executor: running.executor },
    shown: createShownRepository({ db }),
    shares: input.shares,
    owned: input.owned,
    onError: input.onError,
    origins: input.provenance.origins,
    streams: input.streams,
    runs: running.runs,
    services: running.services,
    assets: media.assets,
    releases: running.releases,
    presentations: input.showcase.presentations,
    attempts: createAttemptsRepository({ db, limits: attemptLimitsOf(current) }),
    users: createUsersRepository({ db }),
    keepUpload: (upload) => uploadAsset({ ...media, limitBytes: () => limits.uploadBytes }, upload),
    sendAsset: async (http, { id, variant }) =>
      sendAsset(media, http, await loadAsset(media, { actor: platformActor, id }), variant),
    forgetAsset,
  }
  return { visiting, past: { ...visiting, pastRuns: createPastRunsRepository({ db }) } }
}
