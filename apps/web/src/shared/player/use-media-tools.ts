import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'
import { api } from '../../api/client.ts'
import { useMayReadAssets } from './use-asset.ts'

/**
 * Whether the machine is known to lack ffmpeg, so that sound and video are only stored as they are. Visitors
 * of a share link are not told.
 */
export const useMediaToolsMissing = (): ComputedRef<boolean> => {
  const { data } = useQuery({
    queryKey: ['media-tools'],
    queryFn: ({ signal }) => api('GET /media-tools', {}, { signal }),
    enabled: useMayReadAssets(),
    // It changes only when the platform restarts.
    staleTime: 60_000,
  })
  return computed(() => data.value?.available === false)
}
