import type { Asset } from '@vitrine/contract'
import { mediaKinds } from '@vitrine/contract/choices'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'
import { assetKey, lookAgainAt } from '../../shared/player/use-asset.ts'

/** The filter of the library. '' means no filter. */
export type LibraryFilter = { q: string; kind: string; tag: string }

const listKey = ['assets', 'list'] as const

/** The newest `size` media files that pass the filter. They are read again while forms of one are being made. */
export const useLibrary = (filter: MaybeRefOrGetter<LibraryFilter>, size: MaybeRefOrGetter<number>) =>
  useQuery({
    queryKey: computed(() => [...listKey, toValue(filter), toValue(size)]),
    queryFn: ({ signal }) => {
      const { q, kind, tag } = toValue(filter)
      const known = mediaKinds.find((word) => word === kind)
      return api('GET /assets', { query: { q, tag, kind: known, page_size: toValue(size) } }, { signal })
    },
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => lookAgainAt(state.data?.items),
  })

/** Returns a function that reads all lists again after a change. */
export const useLibraryChanged = (): (() => Promise<void>) => {
  const queries = useQueryClient()
  return () => queries.invalidateQueries({ queryKey: listKey })
}

/** The uses of a media file. Null id: do not read yet. */
export const useUses = (id: MaybeRefOrGetter<string | null>) =>
  useQuery({
    queryKey: computed(() => ['assets', 'uses', toValue(id) ?? '']),
    queryFn: ({ signal }) => api('GET /assets/{id}/uses', { params: { id: toValue(id) ?? '' } }, { signal }),
    enabled: computed(() => toValue(id) !== null),
    staleTime: 0,
  })

/** Changes the tags of a media file, and deletes one. */
export const useLibraryChanges = () => {
  const queries = useQueryClient()
  const changed = useLibraryChanged()
  const tag = useMutation({
    mutationFn: ({ id, tags }: { id: string; tags: string[] }) =>
      api('PATCH /assets/{id}', { params: { id }, body: { tags } }),
    onSuccess: async (asset: Asset) => {
      queries.setQueryData(assetKey(asset.id), asset)
      await changed()
    },
  })
  const remove = useMutation({
    mutationFn: (id: string) => api('DELETE /assets/{id}', { params: { id } }),
    onSuccess: changed,
  })
  return { tag, remove }
}
