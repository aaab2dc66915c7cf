import { useEventListener } from '@vueuse/core'
import type { Ref } from 'vue'

/**
 * Scrolls content that is larger than its frame by dragging with the mouse (touch does this itself), and
 * zooms with the wheel while Ctrl is pressed, as maps do. The wheel alone scrolls the page.
 */
export const useDragScroll = (
  frame: Readonly<Ref<HTMLElement | null>>,
  { zoomed, zoomBy }: { zoomed: () => boolean; zoomBy: (direction: 1 | -1) => void },
): void => {
  let from: { x: number; y: number; left: number; top: number } | null = null
  useEventListener(frame, 'pointerdown', (event: PointerEvent) => {
    const element = frame.value
    if (element === null || !zoomed() || event.pointerType !== 'mouse' || event.button !== 0) return
    from = { x: event.clientX, y: event.clientY, left: element.scrollLeft, top: element.scrollTop }
    element.setPointerCapture(event.pointerId)
  })
  useEventListener(frame, 'pointermove', (event: PointerEvent) => {
    if (from === null) return
    frame.value?.scrollTo(from.left - event.clientX + from.x, from.top - event.clientY + from.y)
  })
  useEventListener(frame, ['pointerup', 'pointercancel'], () => {
    from = null
  })
  useEventListener(
    frame,
    'wheel',
    (event: WheelEvent) => {
      if (!event.ctrlKey || event.deltaY === 0) return
      event.preventDefault()
      zoomBy(event.deltaY < 0 ? 1 : -1)
    },
    { passive: false },
  )
}
