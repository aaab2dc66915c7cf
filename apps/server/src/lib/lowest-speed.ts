/** How slowly the other side may take or send: at least so many bytes a second, on average over so many milliseconds of waiting for it. */
export type LowestSpeed = { bytesPerS: number; overMs: number }

/** Measures one speed after the other, each over the time that is given. */
export function speedMeter({ bytesPerS, overMs }: LowestSpeed) {
  let bytes = 0
  let waitedMs = 0
  return {
    /** Counts bytes that have come, or were taken. */
    passed(more: number): void {
      bytes += more
    },
    /** Counts time for which the other side was waited for. Returns whether it has been too slow. */
    isTooSlow(ms: number): boolean {
      waitedMs += ms
      if (waitedMs < overMs) return false
      const isEnough = bytes >= (bytesPerS * waitedMs) / 1000
      bytes = 0
      waitedMs = 0
      return !isEnough
    },
  }
}
