import type { Json } from '@vitrine/contract'
import type { ShownDifference } from '../kinds/kind.ts'
import { sameData } from './same-data.ts'

/** Whether two outputs have the same data. Used for kinds without another comparison. */
export const dataDifference = (base: Json, other: Json): ShownDifference => ({
  load: () => import('./DataDifference.vue'),
  difference: { equal: sameData(base, other) },
})
