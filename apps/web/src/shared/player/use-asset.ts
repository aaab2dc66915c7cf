import type { Asset } from '@vitrine/contract'
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'
import { assetUrl, useAssetAddress } from '../viewers/media-source.ts'

/** The query key of an asset. */
export const assetKey = (id: string) => ['assets', 'one', id] as const

const lookAgainMs = 1_500

/** When to read a list of assets again, in milliseconds: while forms of one are being made. */
export const lookAgainAt = (items: readonly Pick<Asset, 'status'>[] = []): number | false =>
  items.some(({ status }) => status === 'processing') ? 2_000 : false

/** Whether assets may be read: visitors of a share link get only the bytes. */
export const useMayReadAssets = (): boolean => useAssetAddress() === assetUrl

/** An asset, which is read again while its forms are being made. Null id: no asset. */
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
