/** The bounds of the number of pieces of work that run at once. */
export type ConcurrencyBounds = {
  /** The number of pieces that run at once in the beginning. */
  first: number
  /** The maximum number of pieces that run at once. */
  most: number
  /**
   * A piece that takes longer than this is slow, milliseconds. The limit holds while `first` pieces run at
   * once and grows in proportion: with twice as many, a piece may take twice as long.
   */
  slowMs: number
}

/**
 * Runs pieces of work concurrently and learns how many the machine can bear. Each quick piece allows two more
 * to run at once, and each slow piece halves the number gained, as in TCP's slow start (RFC 5681, section
 * 3.1). Many small pieces therefore run fast, and large pieces do not starve each other. If twice as many
 * pieces share a machine, each takes twice as long; that alone does not make it slow.
 */
export function adaptiveLimit({
  first,
  most,
  slowMs,
}: ConcurrencyBounds): <T>(work: () => Promise<T>) => Promise<T> {
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
    // A piece counts as slow while it still runs. Otherwise pieces that ended earlier would let in more in
    // the meantime.
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
