import type { Settings } from '../config.ts'
import type { Database } from '../adapters/database/database.ts'
import { keyedQueue } from '../lib/keyed-queue.ts'
import type { AlgorithmsRepository } from '../modules/algorithms/algorithms.repository.ts'
import type { CurrentConfig } from '../modules/configs/effective/current-config.ts'
import { usualFetchBounds } from '../modules/models/fetch-bytes.ts'
import type { HostedFilesOf } from '../modules/models/hosted-files.ts'
import { createModelStore } from '../modules/models/model-store.ts'
import type { ModelGrants } from '../modules/models/model-grants.ts'
import type { ModelsRepository } from '../modules/models/models.repository.ts'
import type { ModelsDeps } from '../modules/models/models.usecases.ts'
import { publicReach, wholeReach } from '../modules/models/open-url.ts'
import { createModelProvider, type ModelProvider } from '../modules/models/provide-models.ts'
import type { StorageQuota } from '../modules/quotas/storage-quota.ts'
import type { ReleasesRepository } from '../modules/releases/releases.repository.ts'
import { createUsersRepository } from '../modules/users/users.repository.ts'

/** Wires the store of model files. */
export async function wireModelStore(input: {
  /** The folder of the files. */
  folder: string
  current: Pick<CurrentConfig, 'number'>
  algorithmRows: Pick<AlgorithmsRepository, 'ownedBy'>
  models: ModelsRepository
  releases: Pick<ReleasesRepository, 'usingModels'>
}): Promise<ModelsDeps> {
  const { algorithmRows, models, releases } = input
  const store = createModelStore(input.folder)
  await store.forgetArriving()
  return {
    models,
    store,
    limitBytes: () => input.current.number('uploads.model_max_mb') * 1024 ** 2,
    queue: keyedQueue(),
    usesOf: async (ownerId, digests) =>
      releases.usingModels(ownerId, await algorithmRows.ownedBy(ownerId), digests),
  }
}

const reaches = { off: null, public: publicReach, all: wholeReach }

/** Wires what gives model files to releases, and fetches those that packages name by a URL. */
export function wireModelFiles(
  { VITRINE_MODEL_URLS: urls }: Pick<Settings, 'VITRINE_MODEL_URLS'>,
  db: Database,
  parts: {
    algorithmRows: Pick<AlgorithmsRepository, 'get'>
    modelStore: ModelsDeps
    modelGrants: ModelGrants
    storageQuota: StorageQuota
    hostedFilesOf: HostedFilesOf
  },
): ModelProvider {
  const { algorithmRows, modelStore, modelGrants, storageQuota, hostedFilesOf } = parts
  const users = createUsersRepository({ db })
  // The platform's own account has no row.
  const roleOf = async (id: string) => (await users.get(id))?.role ?? 'user'
  return createModelProvider({
    ...modelStore,
    modelGrants,
    storageQuota,
    hostedFilesOf,
    reach: reaches[urls],
    fetchBounds: usualFetchBounds,
    async ownerOf(algorithmId) {
      const found = await algorithmRows.get(algorithmId)
      if (!found) return null
      const { ownerId: id, ownerName: name } = found.row
      return { id, name, role: await roleOf(id) }
    },
    roleOf,
  })
}
