import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'
import { api } from '../../api/client.ts'
import { useMayReadAssets } from './use-asset.ts'

const useMediaTools = () =>
  useQuery({
    queryKey: ['media-tools'],
    queryFn: ({ signal }) => api('GET /media-tools', {}, { signal }),
    enabled: useMayReadAssets(),
    // The tools change only when the platform restarts, and the limit when an administrator sets it.
    staleTime: 60_000,
  })

/** The largest media file that may be uploaded, in bytes. Null until it is known. */
export const useMediaLimit = (): ComputedRef<number | null> => {
  const { data } = useMediaTools()
  return computed(() => data.value?.limit_bytes ?? null)
}

/**
 * Whether the machine is known to lack ffmpeg, so that sound and video are only stored as they are. Visitors
 * of a share link are not told.
 */
export const useMediaToolsMissing = (): ComputedRef<boolean> => {
  const { data } = useMediaTools()
  return computed(() => data.value?.available === false)
}
