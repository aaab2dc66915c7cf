import type { Json } from '@vitrine/contract'
import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import { firstMedia, useAssetAddress } from '../viewers/media-source.ts'
import { assetIdOf, playableOf, type Playable } from './playable.ts'
import { useAsset, useMayReadAssets } from './use-asset.ts'

/** What can be played of an element of the input. */
export const usePlayable = (input: MaybeRefOrGetter<Json | undefined>): ComputedRef<Playable> => {
  const address = useAssetAddress()
  const mayRead = useMayReadAssets()
  const id = computed(() => assetIdOf(toValue(input)))
  const asset = useAsset(id)
  return computed(() => {
    if (id.value === null) {
      const source = firstMedia(toValue(input), address)
      return source === null ? { state: 'none' } : { state: 'ready', url: source.url, asset: null }
    }
    if (asset.data.value !== undefined) return playableOf(asset.data.value, address)
    if (mayRead && asset.error.value === null) return { state: 'loading' }
    // Nothing is known about it, but its bytes may still be available.
    return { state: 'ready', url: address(id.value, 'playable'), asset: null }
  })
}
