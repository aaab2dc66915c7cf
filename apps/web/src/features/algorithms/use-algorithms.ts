import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'

/** The number of algorithms on a page. */
export const algorithmsPerPage = 50

/** One page of the algorithms whose id, name or task contains `q`. */
export const useAlgorithms = (q: MaybeRefOrGetter<string>, page: MaybeRefOrGetter<number>) =>
  useQuery({
    queryKey: ['algorithms', 'list', () => toValue(q), () => toValue(page)],
    queryFn: ({ signal }) =>
      api(
        'GET /algorithms',
        { query: { q: toValue(q), page: toValue(page), page_size: algorithmsPerPage } },
        { signal },
      ),
    placeholderData: keepPreviousData,
  })

/** One algorithm. */
export const useAlgorithm = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['algorithms', 'one', () => toValue(id)],
    queryFn: ({ signal }) => api('GET /algorithms/{id}', { params: { id: toValue(id) } }, { signal }),
  })

/** Its versions, newest first. */
export const useVersions = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['algorithms', 'versions', () => toValue(id)],
    queryFn: ({ signal }) =>
      api(
        'GET /algorithms/{id}/versions',
        { params: { id: toValue(id) }, query: { page_size: 100 } },
        { signal },
      ),
  })

/** A folder or file of its code at a commit, branch or tag. The content of a commit never changes. */
export const useCode = (
  id: MaybeRefOrGetter<string>,
  ref: MaybeRefOrGetter<string>,
  path: MaybeRefOrGetter<string>,
  enabled: MaybeRefOrGetter<boolean> = true,
) =>
  useQuery({
    queryKey: ['algorithms', 'code', () => toValue(id), () => toValue(ref), () => toValue(path)],
    queryFn: ({ signal }) =>
      api(
        'GET /algorithms/{id}/files',
        { params: { id: toValue(id) }, query: { ref: toValue(ref), path: toValue(path) } },
        { signal },
      ),
    staleTime: 60_000,
    enabled,
  })
