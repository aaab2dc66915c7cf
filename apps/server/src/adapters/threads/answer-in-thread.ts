import { parentPort } from 'node:worker_threads'
import type { FromThread, ToThread } from './thread-messages.ts'

/** Asks the thread that made the request. Rejects with the error of that thread. */
export type Ask<Q> = (question: Q) => Promise<unknown>

type Waiting = { resolve: (told: unknown) => void; reject: (error: Error) => void }

/**
 * Makes this thread answer requests, one after the other. It is the program of a worker that a `BoundedThread` starts. An
 * error of `work` ends the thread, and who waits for the answer gets it.
 */
export function answerInThread<R, A, Q = never>(work: (request: R, ask: Ask<Q>) => A | Promise<A>): void {
  const port = parentPort
  if (!port) throw new Error('this is the program of a worker thread')
  const send = (message: FromThread<A, Q>) => port.postMessage(message)
  const waiting = new Map<number, Waiting>()
  let asked = 0
  const ask: Ask<Q> = (question) =>
    new Promise((resolve, reject) => {
      asked += 1
      waiting.set(asked, { resolve, reject })
      send({ id: asked, question })
    })
  port.on('message', async (message: ToThread<R>) => {
    if ('request' in message) return send({ answer: await work(message.request, ask) })
    const known = waiting.get(message.id)
    waiting.delete(message.id)
    if ('failed' in message) known?.reject(message.failed)
    else known?.resolve(message.told)
  })
  send({ ready: true })
}
