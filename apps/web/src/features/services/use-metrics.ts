import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { most } from '@vitrine/contract/limits'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'
import { marksOf } from './chart-marks.ts'
import { spanMinutes } from './metric-view.ts'

/** Instances are sampled this often, in milliseconds. */
const refreshMs = 15_000

/** The charts of a service over a time span. `replica` is a number; any other text means all replicas. */
export const useServiceMetrics = (
  id: MaybeRefOrGetter<string>,
  span: MaybeRefOrGetter<string>,
  replica: MaybeRefOrGetter<string>,
) =>
  useQuery({
    queryKey: computed(() => ['services', 'metrics', toValue(id), toValue(span), toValue(replica)]),
    queryFn: ({ signal }) => {
      const number = Number(toValue(replica))
      const query = {
        minutes: spanMinutes[toValue(span)] ?? 60,
        replica: Number.isInteger(number) && number > 0 ? number : undefined,
      }
      return api('GET /services/{id}/metrics', { params: { id: toValue(id) }, query }, { signal })
    },
    placeholderData: keepPreviousData,
    refetchInterval: refreshMs,
  })

/** The deploys and restarts of a service, to be marked in its charts. */
export const useChangeMarks = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['services', 'marks', () => toValue(id)],
    queryFn: ({ signal }) =>
      api(
        'GET /services/{id}/history',
        { params: { id: toValue(id) }, query: { page_size: most.pageSize } },
        { signal },
      ),
    select: ({ items, total }) => marksOf(items, items.length >= total),
  })
