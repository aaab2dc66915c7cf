/** Carries events of one kind from publishers to subscribers within this process. */
export type Bus<Event> = {
  publish: (event: Event) => void
  /** Calls the listener for every event until the returned function is called. */
  subscribe: (listener: (event: Event) => void) => () => void
}

/** Creates a bus. Listeners are called in the order in which they subscribed. */
export function createBus<Event>(): Bus<Event> {
  const listeners = new Set<(event: Event) => void>()
  return {
    publish: (event) => {
      for (const listener of listeners) listener(event)
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
