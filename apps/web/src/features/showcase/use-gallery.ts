import { useQuery } from '@tanstack/vue-query'
import { api } from '../../api/client.ts'

// One request for all, so that search and filter answer at once; a platform has tens to hundreds of algorithms.
const most = 500

/** All algorithms of the gallery. */
export const useGallery = () =>
  useQuery({
    queryKey: ['showcase', 'list'],
    queryFn: ({ signal }) => api('GET /showcase', { query: { page_size: most } }, { signal }),
  })
