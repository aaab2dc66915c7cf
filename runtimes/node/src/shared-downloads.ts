type Download<T> = { result: Promise<T>; wanted: number; end: AbortController }

/** Settles as the promise does, or rejects with the reason of the signal if that is earlier. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/**
 * Lets all who want the same thing at the same time share one download. It ends early when the last of them does not
 * want it any more.
 */
export class SharedDownloads<T> {
  readonly #running = new Map<string, Download<T>>()

  constructor(readonly download: (id: string, signal: AbortSignal) => Promise<T>) {}

  /** Rejects as the download does, or with the reason of the caller's own signal. */
  async get(id: string, signal: AbortSignal): Promise<T> {
    const running = this.#running.get(id) ?? this.#begin(id)
    running.wanted += 1
    try {
      return await orAborted(running.result, signal)
    } finally {
      running.wanted -= 1
      if (running.wanted === 0) {
        this.#forget(id, running)
        running.end.abort()
      }
    }
  }

  #begin(id: string): Download<T> {
    const end = new AbortController()
    const begun = { result: this.download(id, end.signal), wanted: 0, end }
    this.#running.set(id, begun)
    // Whoever wants it may have left by now, and an error that nobody takes would end the process.
    begun.result.catch(() => undefined)
    return begun
  }

  #forget(id: string, download: Download<T>): void {
    if (this.#running.get(id) === download) this.#running.delete(id)
  }
}
