import { shallowRef } from 'vue'

/** The objects that a person is dragging: services by id, or a group. */
export type DraggedItem = { kind: 'services'; ids: string[] } | { kind: 'group'; id: string }

/** Drags services to groups, and groups to another position. Menus offer all of this as well. */
export const useDrag = () => {
  const held = shallowRef<DraggedItem | null>(null)
  /** The key of the target that would take the dragged item now. */
  const target = shallowRef<string | null>(null)

  const begin = (event: DragEvent, what: DraggedItem, label: string) => {
    if (event.dataTransfer === null) return
    event.dataTransfer.effectAllowed = 'move'
    event.dataTransfer.setData('text/plain', label)
    const picture = document.createElement('div')
    picture.className = 'v-drag-picture'
    picture.textContent = label
    document.body.append(picture)
    event.dataTransfer.setDragImage(picture, -12, -8)
    // The browser takes the drag picture after this event. Changes to the page must not move its source
    // before that.
    setTimeout(() => {
      picture.remove()
      held.value = what
    })
  }
  const end = () => {
    held.value = null
    target.value = null
  }
  const over = (event: DragEvent, key: string) => {
    if (held.value === null) return
    event.preventDefault()
    target.value = key
  }
  const leave = (key: string) => {
    if (target.value === key) target.value = null
  }
  /** Takes the dragged item. Null if it came from another page. */
  const drop = (event: DragEvent): DraggedItem | null => {
    const what = held.value
    if (what !== null) event.preventDefault()
    end()
    return what
  }
  return { held, target, begin, end, over, leave, drop }
}
/** Dragging of services and groups. */
export type Drag = ReturnType<typeof useDrag>
