/**
 * Limits of a cache: `most` entries (when it is full, it starts empty again), and keys of at most `longest`
 * bytes.
 */
type Bounds = { most: number; longest: number }

/** Creates a cache of this worker. */
export function createCache<V>({ most, longest }: Bounds = { most: 10_000, longest: 8_192 }) {
  let values: Record<string, V> = {}
  let count = 0
  return {
    clear() {
      values = {}
      count = 0
    },
    get: (name: string): V | undefined => values[name],
    set(name: string, value: V): V {
      if (name.length > longest) return value
      if (count >= most) this.clear()
      count++
      values[name] = value
      return value
    },
  }
}

/** A cache of this worker. */
export type Cache<V> = ReturnType<typeof createCache<V>>
