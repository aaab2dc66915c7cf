import { request } from 'node:http'
import { leftOutRoute } from '@vitrine/contract'
import { z } from 'zod'

const answer = z.object({
  revision: z.number().int(),
  missing: z.number().int(),
  // nginx's script does not send these two. Its driver asks for requests in progress separately, and leaves routes out before.
  in_flight: z.record(z.string(), z.number().int()).default({}),
  left_out: z.array(leftOutRoute).default([]),
})
const refusal = z.object({
  reason: z.string(),
  // Lua has no null, so a null is left out.
  address: z.object({ host: z.string(), port: z.number().int() }).nullable().default(null),
})

/** The answers of the gateway's process on its unix socket. */
export type ControlAnswer =
  /**
   * `missing`: the number of addresses in its table that it does not listen on yet. `in_flight`: requests in
   * progress by instance. `left_out`: what of a table cannot be served.
   */
  | ({ kind: 'done' } & z.infer<typeof answer>)
  | { kind: 'refused'; reason: string; address: { host: string; port: number } | null }
  /** It has another table in force than the one that was to be changed, and needs the whole. */
  | { kind: 'unknown_base' }

const answerTimeoutMs = 10_000

/**
 * Sends one request over a unix socket. Rejects if there is no answer: the socket does not exist, no process
 * listens, or ten seconds have passed.
 */
export function askSocket(
  socketPath: string,
  method: 'GET' | 'PUT',
  path: string,
  body?: unknown,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const req = request({ socketPath, method, path, agent: false, timeout: answerTimeoutMs }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('error', reject)
      res.on('end', () =>
        resolve({ status: res.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      )
    })
    req.on('timeout', () => req.destroy(new Error('the gateway process did not answer in time')))
    req.on('error', reject)
    req.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/**
 * Sends a request to the gateway's process. Rejects as {@link askSocket} does, and if the answer has the
 * wrong form.
 */
export async function askGateway(
  socketPath: string,
  method: 'GET' | 'PUT',
  path: string,
  body?: unknown,
): Promise<ControlAnswer> {
  const { status, text } = await askSocket(socketPath, method, path, body)
  if (status === 409) return { kind: 'unknown_base' }
  const value: unknown = JSON.parse(text)
  if (status === 200) return { kind: 'done', ...answer.parse(value) }
  return { kind: 'refused', ...refusal.parse(value) }
}
