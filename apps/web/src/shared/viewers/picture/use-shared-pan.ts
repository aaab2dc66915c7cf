import { useEventListener } from '@vueuse/core'
import { watch, type Ref } from 'vue'
import type { Pan } from '../look.ts'

/** Below this part of the way, a frame counts as being there. Scroll positions are whole pixels. */
const tolerance = 0.004

/**
 * Keeps the scroll position of a frame and `pan` the same, so that pictures that share a `pan` are scrolled together.
 */
export const useSharedPan = (frame: Readonly<Ref<HTMLElement | null>>, pan: Ref<Pan>): void => {
  const roomOf = (element: HTMLElement) => ({
    x: Math.max(1, element.scrollWidth - element.clientWidth),
    y: Math.max(1, element.scrollHeight - element.clientHeight),
  })
  const placeOf = (element: HTMLElement): Pan => {
    const room = roomOf(element)
    return { x: element.scrollLeft / room.x, y: element.scrollTop / room.y }
  }
  const isNear = (one: Pan, other: Pan) =>
    Math.abs(one.x - other.x) < tolerance && Math.abs(one.y - other.y) < tolerance

  useEventListener(
    frame,
    'scroll',
    () => {
      if (frame.value === null) return
      const place = placeOf(frame.value)
      if (!isNear(place, pan.value)) pan.value = place
    },
    { passive: true },
  )
  watch(pan, (wanted) => {
    if (frame.value === null || isNear(placeOf(frame.value), wanted)) return
    const room = roomOf(frame.value)
    frame.value.scrollTo(wanted.x * room.x, wanted.y * room.y)
  })
}
