/** How work is paced. */
export type Pace = {
  /** So many begin at once. */
  first: number
  /** Never more than this at once. */
  most: number
  /** What takes longer than this beside as many as begin at once is slow, milliseconds; beside twice as many it may take twice as long. */
  slowMs: number
}

/**
 * Runs pieces of work side by side, and learns how many this machine bears: each quick one lets two more run beside the others, each
 * slow one halves what was won, as in TCP's slow start (RFC 5681, 3.1). So many small things go fast, and large ones do not starve
 * each other. Twice as many that share a machine take twice as long and are no slower for it.
 */
export function paced({ first, most, slowMs }: Pace): <T>(work: () => Promise<T>) => Promise<T> {
  let won = 0
  let running = 0
  const waiting: (() => void)[] = []

  function admit(): void {
    while (waiting.length > 0 && running < Math.min(most, first + won)) {
      running += 1
      waiting.shift()?.()
    }
  }

  return async (work) => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
      admit()
    })
    const bearableMs = slowMs * Math.max(1, running / first)
    let isSlow = false
    // A slow one is known as slow while it runs: what begins meanwhile must not be let in by what ended before.
    const timer = setTimeout(() => {
      isSlow = true
      won = Math.floor(won / 2)
    }, bearableMs)
    timer.unref()
    try {
      return await work()
    } finally {
      clearTimeout(timer)
      if (!isSlow) won = Math.min(most, won + 2)
      running -= 1
      admit()
    }
  }
}
