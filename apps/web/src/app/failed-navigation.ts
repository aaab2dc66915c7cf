import { shallowRef } from 'vue'
import type { RouteLocationNormalized, Router } from 'vue-router'
import { ApiError } from '../api/errors.ts'

/** A page that could not be opened, because its code or the session could not be loaded. */
type FailedNavigation = { error: ApiError; wanted: string }

/** The last page that could not be opened. It is shown by the shell, or alone if there is no shell. */
export const failedNavigation = shallowRef<(FailedNavigation & { inShell: boolean }) | null>(null)

/** Whether a page that is inside the shell is open. */
const isInShell = ({ matched }: RouteLocationNormalized): boolean => matched.length > 1

const errorOf = (failure: unknown): ApiError => {
  if (failure instanceof ApiError) return failure
  // Code cannot be loaded because nothing answers, or because a newer build has replaced it.
  return new ApiError({ code: 'page', message: String(failure), status: 0 })
}

/**
 * Keeps the shell when a page cannot be opened: it shows the page of this name at the address that was wanted. `failedPage` must
 * need no code that is still to be loaded.
 */
export const keepShell = (router: Router, failedPage: string): void => {
  router.onError((failure: unknown, to) => {
    const inShell = isInShell(router.currentRoute.value) && to.meta.bare !== true
    failedNavigation.value = { error: errorOf(failure), wanted: to.fullPath, inShell }
    if (!inShell) return
    void router.push({
      name: failedPage,
      params: { rest: to.path.slice(1).split('/') },
      query: to.query,
      hash: to.hash,
    })
  })
}
