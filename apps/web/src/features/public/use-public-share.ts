import type { PublicShare } from '@vitrine/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, apiUrl } from '../../api/client.ts'
import { provideAssetAddress } from '../../shared/viewers/media-source.ts'
import { withViewers } from '../runs/run-queries.ts'
import { provideRunSource } from '../runs/run-source.ts'
import { shareProblem } from './share-problem.ts'
import { loadSharedView } from './shared-views.ts'

const readShare = async (token: string, signal: AbortSignal): Promise<PublicShare> => {
  const share = await api('GET /public/shares/{token}', { params: { token } }, { signal })
  const { run, comparison } = share
  const [shown, compared] = await Promise.all([
    run && withViewers(run),
    comparison && Promise.all(comparison.runs.map(withViewers)),
    loadSharedView(share),
  ])
  return { ...share, run: shown, comparison: comparison && { ...comparison, runs: compared ?? [] } }
}

/**
 * The content of a link. Everything below the calling component loads media and follows runs through the
 * link's own routes, because visitors may not use the others.
 */
export const usePublicShare = (token: string) => {
  const queries = useQueryClient()
  const key = ['public', token]
  const share = useQuery<PublicShare>({
    queryKey: key,
    queryFn: ({ signal }) => readShare(token, signal),
    // Each read counts as a view.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
  provideAssetAddress((id, variant = 'playable') =>
    apiUrl('/public/shares/{token}/assets/{id}/content', { params: { token, id }, query: { variant } }),
  )
  provideRunSource({
    read: async (id, signal) =>
      withViewers(
        await api('GET /public/shares/{token}/runs/{run_id}', { params: { token, run_id: id } }, { signal }),
      ),
    eventsPath: (id) => `/public/shares/${encodeURIComponent(token)}/runs/${encodeURIComponent(id)}/events`,
    cancel: (id) =>
      api('POST /public/shares/{token}/runs/{run_id}/cancel', { params: { token, run_id: id } }),
    provenance: (id, signal) =>
      api(
        'GET /public/shares/{token}/runs/{run_id}/provenance',
        { params: { token, run_id: id } },
        { signal },
      ),
    replays: false,
  })

  const unlock = useMutation({
    mutationFn: (password: string) =>
      api('POST /public/shares/{token}/unlock', { params: { token }, body: { password } }),
    onSuccess: () => share.refetch(),
  })
  const problem = computed(() => (share.error.value === null ? null : shareProblem(share.error.value)))
  /** Stores how many runs are left, from an answer. */
  const setRunsLeft = (runsLeft: number | null) =>
    queries.setQueryData<PublicShare>(key, (before) => before && { ...before, runs_left: runsLeft })
  return { share, problem, unlock, setRunsLeft }
}
