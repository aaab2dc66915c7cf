import { nextTick } from 'vue'

/**
 * Waits until the page is drawn, and then scrolls to an element that begins above the visible part or in its
 * lower half.
 */
export const scrollIntoViewIfNeeded = async (find: () => HTMLElement | undefined): Promise<void> => {
  await nextTick()
  const element = find()
  const top = element?.getBoundingClientRect().top ?? 0
  if (top < 0 || top > window.innerHeight / 2) element?.scrollIntoView({ block: 'start' })
}
