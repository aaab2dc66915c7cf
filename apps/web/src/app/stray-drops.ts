import { useEventListener } from '@vueuse/core'

/**
 * Makes a file that is dropped beside the places for files do nothing. Without this, the browser would show the file in place of
 * the page, and what was entered would be lost. A file field takes drops by itself.
 */
export const useStrayDrops = (): void => {
  const refuse = (event: DragEvent) => {
    const isTaken = event.defaultPrevented || isFileField(event.target)
    if (isTaken || event.dataTransfer?.types.includes('Files') !== true) return
    event.preventDefault()
    event.dataTransfer.dropEffect = 'none'
  }
  useEventListener(window, 'dragover', refuse)
  useEventListener(window, 'drop', refuse)
}

const isFileField = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement && target.type === 'file' && !target.disabled
