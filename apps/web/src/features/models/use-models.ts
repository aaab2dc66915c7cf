import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'

/** The number of model files on a page. */
export const modelsPerPage = 50

const listKey = ['models', 'list'] as const

/** One page of the model files whose name or digest contains `q`. */
export const useModels = (q: MaybeRefOrGetter<string>, page: MaybeRefOrGetter<number>) =>
  useQuery({
    queryKey: [...listKey, () => toValue(q), () => toValue(page)],
    queryFn: ({ signal }) =>
      api(
        'GET /models',
        { query: { q: toValue(q), page: toValue(page), page_size: modelsPerPage } },
        { signal },
      ),
    placeholderData: keepPreviousData,
  })

/** Returns a function that reads all lists again after a change. */
export const useModelsChanged = (): (() => Promise<void>) => {
  const queries = useQueryClient()
  return () => queries.invalidateQueries({ queryKey: listKey })
}

/** Deletes a model file. */
export const useModelRemoval = () => {
  const changed = useModelsChanged()
  return useMutation({
    mutationFn: (id: string) => api('DELETE /models/{id}', { params: { id } }),
    onSuccess: changed,
  })
}
