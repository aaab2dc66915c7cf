/** Something that counts in several places, and how much of it each allows. */
export type Bounded = { key: string; limit: number }

/**
 * Counts what is open by whom, in this process. What an earlier control plane left open is counted again when it is
 * taken up.
 */
export type OpenCounts = {
  /**
   * Counts more of something in all of these places, or in none of them. Returns the function that takes it back; null
   * if a limit is reached, and then `full` is called with the first place that is.
   */
  take: (places: readonly Bounded[], count?: number) => { leave: () => void } | { full: Bounded }
  /** How much of it is open. */
  count: (key: string) => number
}

export function createOpenCounts(): OpenCounts {
  const open = new Map<string, number>()
  const count = (key: string) => open.get(key) ?? 0
  function change(key: string, by: number): void {
    const now = count(key) + by
    if (now <= 0) open.delete(key)
    else open.set(key, now)
  }
  return {
    count,
    take(places, more = 1) {
      const full = places.find(({ key, limit }) => count(key) + more > limit)
      if (full) return { full }
      for (const { key } of places) change(key, more)
      let isOver = false
      return {
        leave() {
          if (isOver) return
          isOver = true
          for (const { key } of places) change(key, -more)
        },
      }
    },
  }
}
