import type { ServerResponse } from 'node:http'
import type { Answers } from './answers.ts'
import { whenGone } from './caller-gone.ts'
import type { Prediction } from './prediction.ts'

const heartbeatMs = 15_000

/**
 * Sends `start`, `progress`, `output`, `log` and finally `completed`, as they happen, until the caller
 * disconnects, which may also have happened before. For a prediction that has already ended, only `completed` is sent.
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
  const send = (event: string, data: string) => response.write(`event: ${event}\ndata: ${data}\n\n`)
  const heartbeat = setInterval(() => response.write(': still here\n\n'), heartbeatMs)
  const leave = prediction.follow({
    onEvent: send,
    onEnd: () => {
      send('completed', answers.completed(prediction.job).body)
      response.end()
    },
  })
  whenGone(response, () => {
    clearInterval(heartbeat)
    leave()
  })
}
