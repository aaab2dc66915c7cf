/** What a thread is sent: a request, or what it asked. */
export type ToThread<R> = { request: R } | { id: number; told: unknown } | { id: number; failed: Error }

/** What a thread sends: that it is ready, a question, or the answer to its request. */
export type FromThread<A, Q> = { ready: true } | { id: number; question: Q } | { answer: A }
