import type { Asset } from '@vitrine/contract'
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useAssetAddress } from '../viewers/media-source.ts'
import { readWaveform, type Waveform } from './waveform.ts'

/** The form of a stored sound by its id; null where there is none, or not yet. It is asked for whatever the asset is. */
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
    // One that there is stays as it is; one that there is not may still be being made.
    staleTime: ({ state }) => (state.data ? Number.POSITIVE_INFINITY : 0),
    retry: false,
  })
  return computed(() => query.data.value ?? null)
}

/** The form of an asset's sound; null where there is none, or not yet. */
export const useWaveform = (asset: MaybeRefOrGetter<Asset | null>) =>
  useWaveformOf(() => {
    const now = toValue(asset)
    return now?.variants.includes('waveform') === true ? now.id : null
  })
