import type { Asset } from '@vitrine/contract'
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'
import { assetUrl, useAssetAddress } from '../viewers/media-source.ts'

/** Key of an asset in the cache of what comes from the server. */
export const assetKey = (id: string) => ['assets', 'one', id] as const

const lookAgainMs = 1_500

/** Whether what is known of an asset may be asked for: visitors of a share link get the bytes alone. */
export const useMayReadAssets = (): boolean => useAssetAddress() === assetUrl

/** An asset, looked at again while its forms are being made. Null id: none. */
export const useAsset = (id: MaybeRefOrGetter<string | null>) => {
  const mayRead = useMayReadAssets()
  return useQuery<Asset>({
    queryKey: computed(() => assetKey(toValue(id) ?? '')),
    queryFn: ({ signal }) => api('GET /assets/{id}', { params: { id: toValue(id) ?? '' } }, { signal }),
    enabled: computed(() => mayRead && toValue(id) !== null),
    retry: false,
    refetchInterval: ({ state }) => (state.data?.status === 'processing' ? lookAgainMs : false),
  })
}
