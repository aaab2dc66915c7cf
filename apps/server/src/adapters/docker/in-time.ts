/** Waits for an answer that the library cannot end, until the signal aborts. */
export async function unlessAborted<T>(asked: Promise<T>, signal: AbortSignal): Promise<T> {
  const over = new AbortController()
  const left = new Promise<never>((_resolve, reject) => {
    const leave = () => reject(signal.reason)
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true, signal: over.signal })
  })
  return Promise.race([asked, left]).finally(() => over.abort())
}

/** Rejects if there is no answer in time: a daemon can accept connections and never answer. */
export async function inTime<T>(asked: Promise<T>, ms: number): Promise<T> {
  const timeout = AbortSignal.timeout(ms)
  return unlessAborted(asked, timeout).catch((error: unknown) => {
    if (error !== timeout.reason) throw error
    throw new Error(`Docker did not answer within ${ms / 1000} s`, { cause: error })
  })
}
