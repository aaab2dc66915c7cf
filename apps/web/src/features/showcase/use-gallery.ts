import { most } from '@vitrine/contract/limits'
import { useQuery } from '@tanstack/vue-query'
import { api } from '../../api/client.ts'
import { withDistinctNames } from './distinct-names.ts'

/**
 * All algorithms of the gallery, with unique names. One request for all, so that search and filter respond at
 * once. A platform has tens to hundreds of algorithms.
 */
export const useGallery = () =>
  useQuery({
    queryKey: ['showcase', 'list'],
    queryFn: ({ signal }) => api('GET /showcase', { query: { page_size: most.pageSize } }, { signal }),
    select: (page) => ({ ...page, items: withDistinctNames(page.items) }),
  })
