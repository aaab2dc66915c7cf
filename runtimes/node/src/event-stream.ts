import type { ServerResponse } from 'node:http'
import type { Answers } from './answers.ts'
import type { Job } from './job.ts'
import { removeFiles, type Service } from './service.ts'

const heartbeatMs = 15_000

/** Submits a job and sends `start`, `progress`, `output`, `log` and at last `completed`, as it happens. */
export function streamEvents(
  service: Service,
  answers: Answers,
  job: Job,
  temporary: readonly string[],
  response: ServerResponse,
): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  const send = (event: string, data: string) => response.write(`event: ${event}\ndata: ${data}\n\n`)
  const heartbeat = setInterval(() => response.write(': still here\n\n'), heartbeatMs)
  response.on('close', () => clearInterval(heartbeat))
  job.listener = send
  job.onDone = () => {
    removeFiles(temporary)
    send('completed', answers.completed(job).body)
    response.end()
  }
  if (job.pending.length === 0) job.start()
  service.submit(job)
}
