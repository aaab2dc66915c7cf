import type { ResultData } from '@vitrine/contract/results'
import { shallowRef, watch } from 'vue'
import { useAssetAddress } from '../../viewers/media-source.ts'
import type { DepthMap } from './depth-map.ts'
import { DepthUnreadable, readDepth } from './read-depth.ts'

/** Reads the depth map of some data. Gives the map, or why it cannot be read. */
export const useDepth = (data: () => ResultData<'depth'>) => {
  const address = useAssetAddress()
  const map = shallowRef<DepthMap | null>(null)
  const problem = shallowRef<DepthUnreadable['reason'] | null>(null)
  watch(
    data,
    async (now) => {
      const read = await readDepth(now, address).catch((error: unknown) => {
        if (error instanceof DepthUnreadable) return error
        throw error
      })
      if (now !== data()) return
      map.value = read instanceof DepthUnreadable ? null : read
      problem.value = read instanceof DepthUnreadable ? read.reason : null
    },
    { immediate: true },
  )
  return { map, problem }
}
