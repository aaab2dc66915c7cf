import { defaultQuotas } from '../../apps/server/src/modules/quotas/quotas.ts'
import { createStorageQuota, type StorageQuota } from '../../apps/server/src/modules/quotas/storage-quota.ts'

/** A store in which nobody has anything yet, with the usual quotas. */
export const emptyStorageQuota = (): StorageQuota =>
  createStorageQuota({ quotas: defaultQuotas(), taken: async () => () => ({ bytes: 0, uploads: 0 }) })
