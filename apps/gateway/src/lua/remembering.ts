/** What is remembered at most: so many things (with more it begins anew), of names with at most so many bytes. */
type Bounds = { most: number; longest: number }

/** What is found out once and remembered by this worker. */
export function remembering<V>({ most, longest }: Bounds = { most: 10_000, longest: 8_192 }) {
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

/** What a worker remembers. */
export type Remembering<V> = ReturnType<typeof remembering<V>>
