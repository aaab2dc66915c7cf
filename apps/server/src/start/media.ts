import { largest } from '@vitrine/contract'
import type { Database } from '../adapters/database/database.ts'
import type { MediaTools } from '../adapters/media-tools/media-tools.ts'
import type { ObjectStore } from '../adapters/object-store/object-store.ts'
import { AppError } from '../lib/errors.ts'
import { createFairQueue } from '../lib/fair-queue.ts'
import { keyedQueue } from '../lib/keyed-queue.ts'
import { picturesAtOnce } from '../modules/assets/assets.deps.ts'
import { processInputOf, processTask } from '../modules/assets/assets.process.task.ts'
import { createAssetsRepository } from '../modules/assets/assets.repository.ts'
import type { AssetUses, LibraryDeps } from '../modules/assets/assets.usecases.ts'
import { fittingKinds } from '../modules/assets/fitting-kinds.ts'
import { comparisonsOnAsset } from '../modules/comparisons/comparisons.uses.ts'
import type { ModelsRepository } from '../modules/models/models.repository.ts'
import type { CurrentConfig } from '../modules/configs/effective/current-config.ts'
import type { QuotaTable } from '../modules/quotas/quotas.ts'
import { createStorageQuota } from '../modules/quotas/storage-quota.ts'
import type { PresentationsRepository } from '../modules/presentations/presentations.repository.ts'
import type { ReleasesRepository } from '../modules/releases/releases.repository.ts'
import { runsOnAsset } from '../modules/runs/runs-on-asset.ts'
import type { ServicesRepository } from '../modules/services/services.repository.ts'
import { loadService } from '../modules/services/services.usecases.ts'
import type { SharesRepository } from '../modules/shares/shares.repository.ts'
import { visitorAssets } from '../modules/shares/shares.visitors.repository.ts'
import { UploadStore } from '../modules/uploads/upload-store.ts'
import { announcedBy, type UploadsDeps } from '../modules/uploads/uploads.usecases.ts'
import type { TaskRunner } from '../modules/tasks/task-runner.ts'

/** In seconds: three hours, which a machine with two cores transcodes in well under a day. */
const longestS = 3 * 3600
const usesShown = 100

type Input = {
  db: Database
  objects: ObjectStore
  tools: MediaTools | null
  uploads: string
  /** Folder for resumable uploads. */
  arriving: string
  releases: ReleasesRepository
  services: ServicesRepository
  presentations: Pick<PresentationsRepository, 'presentingAsset'>
  shares: Pick<SharesRepository, 'uploadedThroughLinksOf'>
  models: Pick<ModelsRepository, 'bytesOf'>
  taskRunner: TaskRunner
  quotas: QuotaTable
  current: Pick<CurrentConfig, 'number'>
  inputsOn: LibraryDeps['inputsOn']
}

async function usesOf(
  { db, releases, presentations }: Input,
  assetId: string,
  createdById: string | null,
): Promise<AssetUses> {
  const filter = { assetId, createdById, limit: usesShown }
  const [showing, presenting, ran, compared] = await Promise.all([
    releases.demoOf(assetId),
    presentations.presentingAsset(assetId),
    runsOnAsset(db, filter),
    comparisonsOnAsset(db, filter),
  ])
  return {
    items: [
      ...showing.map((id) => ({ kind: 'example' as const, id, name: id })),
      ...presenting.map((id) => ({ kind: 'presentation' as const, id, name: id })),
      ...ran.items.map(({ id, serviceId }) => ({ kind: 'run' as const, id, name: serviceId })),
      ...compared.items.map(({ id, title }) => ({ kind: 'comparison' as const, id, name: title })),
    ],
    total: showing.length + presenting.length + ran.total + compared.total,
  }
}

/** Wires what stores media: the dependencies of the library, and the kind of task that makes an asset's forms. */
export function wireMedia(input: Input) {
  const { db, objects, tools, uploads, services, releases } = input
  const assets = createAssetsRepository({ db, ofVisitors: visitorAssets(db) })
  const store = new UploadStore({ directory: input.arriving })
  const arriving = { store, limitBytes: largest.media }
  const bytesOf = async (ownerId: string) =>
    (await assets.uploadedBytes(ownerId)) + (await input.models.bytesOf(ownerId))
  const storageQuota = createStorageQuota({
    quotas: input.quotas,
    taken: async (actor) => {
      const announcedNow = await announcedBy(arriving, actor)
      const { id, linksOf } = actor
      const stored = await (linksOf === undefined
        ? bytesOf(id)
        : input.shares.uploadedThroughLinksOf(linksOf))
      return () => {
        const announced = announcedNow()
        return { ...announced, bytes: announced.bytes + stored }
      }
    },
  })
  const media: LibraryDeps = {
    storageQuota,
    objects,
    tools,
    uploads,
    longestS,
    limitBytes: () => input.current.number('uploads.media_max_mb') * 1024 ** 2,
    queue: keyedQueue(),
    pictureTurns: createFairQueue(() => picturesAtOnce),
    assets,
    async startProcessing(row, sender) {
      const createdBy = { id: row.ownerId, name: sender.name }
      const task = await input.taskRunner.start({
        kind: 'asset.process',
        serviceId: null,
        input: processInputOf(row, sender),
        createdBy,
      })
      return task.id
    },
    async kindsFor(serviceId) {
      await loadService({ services }, serviceId)
      const release = (await releases.active([serviceId])).get(serviceId)
      return release ? fittingKinds(release.manifest.input) : []
    },
    demoOf: (assetId) => releases.demoOf(assetId),
    presentedBy: (assetId) => input.presentations.presentingAsset(assetId),
    demoDataOf: (serviceIds) => releases.demoDataOf(serviceIds),
    inputsOn: input.inputsOn,
    usesOf: (assetId, ownerId) => usesOf(input, assetId, ownerId),
    async endTask(taskId) {
      try {
        await input.taskRunner.cancel(taskId)
      } catch (error) {
        const hasEnded =
          error instanceof AppError && (error.code === 'task.ended' || error.code === 'task.not_found')
        if (!hasEnded) throw error
      }
      await input.taskRunner.settled(taskId)
    },
  }
  const arrived: UploadsDeps = { ...arriving, storageQuota }
  return { media, arrived, processing: processTask(media) }
}
