import { useEventListener } from '@vueuse/core'
import { useI18n } from 'vue-i18n'
import { onBeforeRouteLeave, onBeforeRouteUpdate, type RouteLocationNormalized } from 'vue-router'

/** What names the values that a page shows: its path, and its tab and part. */
const placeOf = ({ path, query: { tab, part } }: RouteLocationNormalized) => JSON.stringify([path, tab, part])

/**
 * Asks the person before unsaved data is lost with a part of the page. `question` is the key of the question's text.
 */
export const useLeaveQuestion = (hasEdits: () => boolean, question: string): void => {
  const { t } = useI18n()
  const mayLeave = () => !hasEdits() || window.confirm(t(question))
  onBeforeRouteLeave(mayLeave)
  // Another tab, or another service. A search changes the address too, and loses nothing.
  onBeforeRouteUpdate((to, from) => placeOf(to) === placeOf(from) || mayLeave())
  useEventListener(window, 'beforeunload', (event) => {
    if (hasEdits()) event.preventDefault()
  })
}
