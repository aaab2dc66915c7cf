import { most } from '@vitrine/contract/limits'
import { useQuery } from '@tanstack/vue-query'
import type { MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'

/** The people of the platform. Only somebody who manages them may read the list: for others, `enabled` must be false. */
export const usePeople = (enabled: MaybeRefOrGetter<boolean> = true) =>
  useQuery({
    queryKey: ['users'],
    queryFn: ({ signal }) => api('GET /users', { query: { page_size: most.pageSize } }, { signal }),
    enabled,
  })
