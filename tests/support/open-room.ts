import { defaultQuotas } from '../../apps/server/src/modules/quotas/quotas.ts'
import { createStorageRoom, type StorageRoom } from '../../apps/server/src/modules/quotas/storage-room.ts'

/** A store in which nobody has anything yet, with the usual quotas. */
export const openRoom = (): StorageRoom =>
  createStorageRoom({ quotas: defaultQuotas(), taken: async () => () => ({ bytes: 0, uploads: 0 }) })
