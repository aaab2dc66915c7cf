import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'
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
