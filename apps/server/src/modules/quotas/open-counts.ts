/** Something that counts in several places, and how much of it each allows. */
export type Bounded = { key: string; limit: number }

/**
 * Counts what is open by whom, in this process. What an earlier control plane left open is counted again when it is
 * taken up.
 */
export type OpenCounts = {
  /**
   * Counts one more of something in all of these places. Returns the function that takes it back; or the first place that
   * is full, and then counts it in none of them.
   */
  take: (places: readonly Bounded[]) => { giveBack: () => void } | { full: Bounded }
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
    take(places) {
      const full = places.find(({ key, limit }) => count(key) >= limit)
      if (full) return { full }
      for (const { key } of places) change(key, 1)
      let isOver = false
      return {
        giveBack() {
          if (isOver) return
          isOver = true
          for (const { key } of places) change(key, -1)
        },
      }
    },
  }
}
