import { once } from 'node:events'
import { request, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { z } from 'zod'
import { errorBody } from '@vitrine/contract'
import { textOf } from './gateway.test-upstream.ts'

/** What the echoing instance says about a request. */
const echoed = z.object({
  name: z.string(),
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  body: z.string(),
})

/** A complete answer. */
export type Answer = {
  status: number
  headers: IncomingHttpHeaders
  body: string
  /** The code of an answer in the error form. */
  code(): string
  /** The request that the echoing instance received. */
  asked(): z.infer<typeof echoed>
}

/** Sends one request on a separate connection. */
export async function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string | string[]>; body?: string | Buffer } = {},
): Promise<Answer> {
  const req = request({
    host: '127.0.0.1',
    port,
    path,
    agent: false,
    method: options.method,
    headers: options.headers,
  })
  req.end(options.body)
  return new Promise((resolve, reject) => {
    req.on('error', reject)
    req.on('response', (res) => {
      textOf(res).then(
        (body) =>
          resolve({
            status: res.statusCode ?? 0,
            headers: res.headers,
            body,
            code: () => errorBody.parse(JSON.parse(body)).error.code,
            asked: () => echoed.parse(JSON.parse(body)),
          }),
        reject,
      )
    })
  })
}

/**
 * Sends bytes as they are. Returns everything received until it matches `until`, until the other side closes, or until
 * `quietMs` of silence.
 */
export async function sendRaw(
  port: number,
  bytes: string,
  { until, quietMs = 30_000 }: { until?: RegExp; quietMs?: number } = {},
): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  let received = ''
  socket.setTimeout(quietMs, () => socket.destroy())
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
    if (until?.test(received)) socket.destroy()
  })
  socket.on('error', () => socket.destroy())
  socket.write(bytes, 'latin1')
  await once(socket, 'close')
  return received
}
