import { onScopeDispose } from 'vue'
import { useRouter, type RouteLocationRaw } from 'vue-router'

/**
 * Opens another page when an answer has come, unless the page that waited for it has been left: who has gone elsewhere meanwhile
 * stays there.
 */
export const useOpenPage = (): ((to: RouteLocationRaw) => Promise<void>) => {
  const router = useRouter()
  let isLeft = false
  onScopeDispose(() => {
    isLeft = true
  })
  return async (to) => {
    if (!isLeft) await router.push(to)
  }
}
