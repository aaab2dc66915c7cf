import type { Pipeline, PipelineState } from '@vitrine/contract'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'

/** Pipelines on a page of the list, unless a person has chosen another number. */
export const pipelinesPerPage = 30

/** How often a pipeline in progress, and a list, is read, in milliseconds. */
const followMs = 1_000
const listMs = 5_000

const goesOn = (state: PipelineState): boolean => state === 'queued' || state === 'running'

/** A page of pipelines, newest first: all, or those of one service or algorithm. */
export const usePipelines = (
  filter: () => {
    q?: string
    serviceId?: string | undefined
    algorithmId?: string | undefined
    page: number
    pageSize?: number
  },
) =>
  useQuery({
    queryKey: ['pipelines', 'list', filter],
    queryFn: ({ signal }) => {
      const { q = '', serviceId, algorithmId, page, pageSize = pipelinesPerPage } = filter()
      const of = { service_id: serviceId, algorithm_id: algorithmId }
      const query = { q, ...of, page, page_size: pageSize }
      return api('GET /pipelines', { query }, { signal })
    },
    placeholderData: keepPreviousData,
    refetchInterval: listMs,
  })

/** A pipeline with its steps, kept up to date while it is in progress. */
export const usePipeline = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['pipelines', 'one', () => toValue(id)],
    queryFn: ({ signal }) => api('GET /pipelines/{id}', { params: { id: toValue(id) } }, { signal }),
    refetchInterval: ({ state: { data } }) => (data && goesOn(data.state) ? followMs : listMs),
  })

/**
 * What changed with a push. It is known once the commit is fetched, so it is read again when the pipeline makes
 * progress.
 */
export const usePipelineChanges = (pipeline: MaybeRefOrGetter<Pick<Pipeline, 'id' | 'state' | 'version'>>) =>
  useQuery({
    queryKey: [
      'pipelines',
      'changes',
      () => toValue(pipeline).id,
      () => toValue(pipeline).state,
      () => toValue(pipeline).version,
    ],
    queryFn: ({ signal }) =>
      api('GET /pipelines/{id}/changes', { params: { id: toValue(pipeline).id } }, { signal }),
    staleTime: Infinity,
  })

const actions = {
  cancel: (id: string) => api('POST /pipelines/{id}/cancel', { params: { id } }),
  approve: (id: string) => api('POST /pipelines/{id}/approve', { params: { id } }),
  rerun: (id: string) => api('POST /pipelines/{id}/rerun', { params: { id } }),
}
/** What a person does with a pipeline. */
export type PipelineAction = keyof typeof actions

/** Does something with a pipeline, and resolves with it, or with the new one. */
export const usePipelineAction = (action: PipelineAction) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => actions[action](id),
    onSettled: () => queries.invalidateQueries({ queryKey: ['pipelines'] }),
  })
}

/** The newest pipeline of a service, as it is now; null without any. */
export const newestPipeline = async (serviceId: string): Promise<Pipeline | null> => {
  const { items } = await api('GET /pipelines', { query: { service_id: serviceId, page_size: 1 } })
  return items[0] ?? null
}

/** Whether, and how, pushes to a service are deployed. While a webhook is tested, it is read again. */
export const usePushRule = (serviceId: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['pipelines', 'rule', () => toValue(serviceId)],
    queryFn: ({ signal }) =>
      api('GET /services/{id}/push-deploy', { params: { id: toValue(serviceId) } }, { signal }),
    refetchInterval: ({ state: { data } }) => (data?.hook?.state === 'pending' ? followMs : false),
  })
