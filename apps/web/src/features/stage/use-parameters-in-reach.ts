import { unrefElement, useIntersectionObserver } from '@vueuse/core'
import { computed, nextTick, ref, shallowRef, type ComponentPublicInstance } from 'vue'

/** The height of the bar with the button that covers the end of the form, in pixels. */
const barPx = 84

/**
 * Keeps the parameters within reach where the bar with the button covers them, or the window is too low: `areOutOfSight` is when
 * the bar should offer them, and `show` opens them and scrolls there.
 */
export const useParametersInReach = () => {
  const form = shallowRef<ComponentPublicInstance | null>(null)
  const isOpen = ref(false)
  const areOutOfSight = ref(false)
  const setForm = (found: Element | ComponentPublicInstance | null) => {
    form.value = found instanceof Element ? null : found
    if (found === null) areOutOfSight.value = false
  }
  const heading = computed(() => {
    const element = unrefElement(form)
    return element instanceof HTMLElement ? element.querySelector('summary') : null
  })
  useIntersectionObserver(
    heading,
    ([seen]) => {
      if (seen === undefined) return
      const end = seen.rootBounds?.bottom ?? window.innerHeight
      areOutOfSight.value = seen.intersectionRatio < 1 && seen.boundingClientRect.bottom > end
    },
    { rootMargin: `0px 0px -${barPx}px`, threshold: [0, 1] },
  )
  const show = async (): Promise<void> => {
    isOpen.value = true
    await nextTick()
    heading.value?.scrollIntoView({ block: 'start' })
    heading.value?.focus({ preventScroll: true })
  }
  return { setForm, isOpen, areOutOfSight, show }
}
