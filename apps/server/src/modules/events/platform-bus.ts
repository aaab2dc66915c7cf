import type { TaskRecord } from '../tasks/task-progress.ts'

/** What changes on the platform, for whoever watches. */
export type PlatformEvent =
  | { type: 'service'; data: { service_id: string; change: 'changed' | 'deleted' } }
  | { type: 'task'; data: TaskRecord; createdById: string }

/** Carries platform events within the control plane. */
export type PlatformBus = {
  publish(event: PlatformEvent): void
  /** Calls back on every event until the returned function is called. */
  subscribe(listener: (event: PlatformEvent) => void): () => void
}

/** An in-process bus; listeners are called in the order of their subscription. */
export function createPlatformBus(): PlatformBus {
  const listeners = new Set<(event: PlatformEvent) => void>()
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
