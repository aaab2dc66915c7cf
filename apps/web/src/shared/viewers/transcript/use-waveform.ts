import type { Asset } from '@vitrine/contract'
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useAssetAddress } from '../media-source.ts'
import { readWaveform, type Waveform } from './waveform.ts'

/** The form of an asset's sound; null where there is none, or not yet. */
export const useWaveform = (asset: MaybeRefOrGetter<Asset | null>) => {
  const address = useAssetAddress()
  const id = computed(() => {
    const now = toValue(asset)
    return now?.variants.includes('waveform') === true ? now.id : null
  })
  const query = useQuery<Waveform | null>({
    queryKey: computed(() => ['assets', 'waveform', id.value ?? '']),
    queryFn: async ({ signal }) => {
      const answer = await fetch(address(id.value ?? '', 'waveform'), { credentials: 'same-origin', signal })
      return answer.ok ? readWaveform(await answer.json()) : null
    },
    enabled: computed(() => id.value !== null),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  return computed(() => query.data.value ?? null)
}
