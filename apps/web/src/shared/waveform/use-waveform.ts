import type { Asset } from '@vitrine/contract'
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useAssetAddress } from '../viewers/media-source.ts'
import { readWaveform, type Waveform } from './waveform.ts'

/**
 * The waveform of a stored sound by id. Null if there is none, or not yet. It is requested for every type of
 * asset.
 */
export const useWaveformOf = (assetId: MaybeRefOrGetter<string | null>) => {
  const address = useAssetAddress()
  const id = computed(() => toValue(assetId))
  const query = useQuery<Waveform | null>({
    queryKey: computed(() => ['assets', 'waveform', id.value ?? '']),
    queryFn: async ({ signal }) => {
      const answer = await fetch(address(id.value ?? '', 'waveform'), { credentials: 'same-origin', signal })
      return answer.ok ? readWaveform(await answer.json()) : null
    },
    enabled: computed(() => id.value !== null),
    // An existing waveform does not change. A missing one may still be in the making.
    staleTime: ({ state }) => (state.data ? Number.POSITIVE_INFINITY : 0),
    retry: false,
  })
  return computed(() => query.data.value ?? null)
}

/** The waveform of an asset. Null if there is none, or not yet. */
export const useWaveform = (asset: MaybeRefOrGetter<Asset | null>) =>
  useWaveformOf(() => {
    const now = toValue(asset)
    return now?.variants.includes('waveform') === true ? now.id : null
  })
