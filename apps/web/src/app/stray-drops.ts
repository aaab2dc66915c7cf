import { useEventListener } from '@vueuse/core'

/**
 * Ignores files that are dropped outside of file fields. Otherwise the browser would show the file in place of the
 * page, and entered data would be lost. A file field takes drops by itself.
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
