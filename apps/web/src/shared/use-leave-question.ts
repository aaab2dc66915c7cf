import { useEventListener } from '@vueuse/core'
import { useI18n } from 'vue-i18n'
import { onBeforeRouteLeave, onBeforeRouteUpdate, type RouteLocationNormalized } from 'vue-router'

/** What names the values that a page shows: its path, and its tab and part. */
const placeOf = ({ path, query: { tab, part } }: RouteLocationNormalized) => JSON.stringify([path, tab, part])

/** Asks before values that are not saved are lost with the part of the page that has them. */
export const useLeaveQuestion = (hasEdits: () => boolean): void => {
  const { t } = useI18n()
  const mayLeave = () => !hasEdits() || window.confirm(t('configuration.leave'))
  onBeforeRouteLeave(mayLeave)
  // Another tab, or another service. A search changes the address too, and loses nothing.
  onBeforeRouteUpdate((to, from) => placeOf(to) === placeOf(from) || mayLeave())
  useEventListener(window, 'beforeunload', (event) => {
    if (hasEdits()) event.preventDefault()
  })
}
