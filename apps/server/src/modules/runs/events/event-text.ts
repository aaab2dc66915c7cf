import type { SharedText } from '../../../lib/event-memory.ts'
import type { RunEvent, ReadRunEvent } from './run-events.ts'
import { sketchOf, type EventSketch } from './event-history.ts'

/** How one kind of reader sees the events of runs. */
export type EventView = {
  /** The name of the kind of reader. Readers with the same key see the same. */
  key: string
  /** An event in the form for them. Null for one that they do not see. */
  shown: (event: RunEvent) => ReadRunEvent | null
}

/** An event of a run as text, so that an event that waits for a reader keeps none of its values in memory. */
export type WrittenEvent = {
  sketch: EventSketch
  /** Its data as JSON. */
  data: SharedText
}

/** The texts of events for each kind of reader, as long as the event is in memory. */
const texts = new WeakMap<object, Map<string, SharedText | null>>()

/** An event as text, which is written once for all readers of a kind. Null if they do not see it. */
export function writtenEvent(event: RunEvent, { key, shown }: EventView): WrittenEvent | null {
  const known = texts.get(event.data) ?? new Map<string, SharedText | null>()
  texts.set(event.data, known)
  let data = known.get(key)
  if (data === undefined) {
    const visible = shown(event)
    data = visible && { text: JSON.stringify(visible.data) }
    known.set(key, data)
  }
  return data === null ? null : { sketch: sketchOf(event), data }
}
