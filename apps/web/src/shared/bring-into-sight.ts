import { nextTick } from 'vue'

/** Once the page is drawn, scrolls to an element that begins above what is seen, or in its lower half. */
export const bringIntoSight = async (find: () => HTMLElement | undefined): Promise<void> => {
  await nextTick()
  const element = find()
  const top = element?.getBoundingClientRect().top ?? 0
  if (top < 0 || top > window.innerHeight / 2) element?.scrollIntoView({ block: 'start' })
}
