import type { ApiOperation, Json, WrittenField } from '@vitrine/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'

/** An operation by its name. */
export type OperationName = { method: string; path: string }

/** The API of a service: its operations, and what describes them. */
export const useServiceApi = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['services', 'api', toValue(id)]),
    queryFn: ({ signal }) => api('GET /services/{id}/api', { params: { id: toValue(id) } }, { signal }),
    retry: false,
  })

/** What the chosen operation takes. */
export const useApiOperation = (
  id: MaybeRefOrGetter<string>,
  chosen: MaybeRefOrGetter<OperationName | null>,
) =>
  useQuery({
    queryKey: computed(() => ['services', 'api', toValue(id), toValue(chosen)]),
    queryFn: ({ signal }) => {
      const { method = '', path = '' } = toValue(chosen) ?? {}
      return api(
        'GET /services/{id}/api/operation',
        { params: { id: toValue(id) }, query: { method, path } },
        { signal },
      )
    },
    enabled: computed(() => toValue(chosen) !== null),
  })

/** Real data for a test call. */
export type TestCallData = { input: Json; parameters: Record<string, Json> }

/** A mapping, with all fields of its operation if no document describes them. */
export type Mapping = { operation: ApiOperation; written?: WrittenField[] }

/** Makes a test call, stores a mapping, and removes it. */
export const useMapping = (id: MaybeRefOrGetter<string>, stored: () => void) => {
  const queries = useQueryClient()
  const params = () => ({ id: toValue(id) })
  const changed = async () => {
    // The stage begins anew: a draft of the old input would not fit.
    queries.removeQueries({ queryKey: ['showcase', 'stage', toValue(id)] })
    await queries.invalidateQueries({ queryKey: ['showcase'] })
    await queries.invalidateQueries({ queryKey: ['services', 'api', toValue(id)] })
    stored()
  }
  const makeTestCall = useMutation({
    mutationFn: (body: TestCallData & Mapping) =>
      api('POST /services/{id}/api/try', { params: params(), body }),
  })
  const save = useMutation({
    mutationFn: (body: Mapping & { example?: TestCallData & { name: string } }) =>
      api('PUT /services/{id}/api', { params: params(), body }),
    onSuccess: changed,
  })
  const remove = useMutation({
    mutationFn: () => api('DELETE /services/{id}/api', { params: params() }),
    onSuccess: changed,
  })
  return { makeTestCall, save, remove }
}
