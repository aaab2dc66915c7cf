import type { ServerResponse } from 'node:http'
import type { Answers } from './answers.ts'
import { whenGone } from './caller-gone.ts'
import { PendingEvents } from './pending-events.ts'
import type { Prediction } from './prediction.ts'

const heartbeatMs = 15_000

/**
 * Sends `start`, `progress`, `output`, `log` and finally `completed`, as they happen, until the caller
 * disconnects, which may also have happened before. For a prediction that has already ended, only `completed` is sent. A caller
 * that reads slower than events come gets fewer of them ({@link PendingEvents}).
 */
export function streamEvents(
  answers: Answers,
  prediction: Prediction,
  headers: Record<string, string>,
  response: ServerResponse,
): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    ...headers,
  })
  response.flushHeaders()
  const pending = new PendingEvents()
  let hasEnded = false
  const send = (event: string, data: string) => response.write(`event: ${event}\ndata: ${data}\n\n`)
  const sendPending = () => {
    while (!response.writableNeedDrain) {
      const event = pending.next()
      if (event) send(event.name, event.data)
      else return hasEnded ? complete() : undefined
    }
  }
  const complete = () => {
    response.off('drain', sendPending)
    send('completed', answers.completed(prediction.job).body)
    response.end()
  }
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': still here\n\n')
  }, heartbeatMs)
  response.on('drain', sendPending)
  const leave = prediction.follow({
    onEvent: (event) => {
      pending.add(event)
      sendPending()
    },
    onEnd: () => {
      hasEnded = true
      sendPending()
    },
  })
  whenGone(response, () => {
    clearInterval(heartbeat)
    response.off('drain', sendPending)
    leave()
  })
}
