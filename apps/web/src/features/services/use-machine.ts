import { useQuery } from '@tanstack/vue-query'
import { api } from '../../api/client.ts'
import { useSession } from '../session/session.ts'

// Runners and ceilings change only when the platform starts again, in milliseconds.
const freshMs = 60_000

/** The machine, for those who may see it. */
export function useMachine() {
  const session = useSession()
  return useQuery({
    queryKey: ['host'],
    queryFn: ({ signal }) => api('GET /host', {}, { signal }),
    enabled: () => session.may('host.read'),
    staleTime: freshMs,
  })
}
