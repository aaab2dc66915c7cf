/** Carries events of one kind from whoever publishes them to whoever has subscribed, within this process. */
export type Bus<Event> = {
  publish: (event: Event) => void
  /** Calls back on every event until the returned function is called. */
  subscribe: (listener: (event: Event) => void) => () => void
}

/** Makes a bus; listeners are called in the order in which they subscribed. */
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
