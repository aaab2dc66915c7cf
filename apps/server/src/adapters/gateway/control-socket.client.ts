import { request } from 'node:http'
import { z } from 'zod'

const answer = z.object({
  revision: z.number().int(),
  missing: z.number().int(),
  // A process of an earlier build, which is about to be replaced, does not tell.
  in_flight: z.record(z.string(), z.number().int()).default({}),
})
const refusal = z.object({
  reason: z.string(),
  address: z.object({ host: z.string(), port: z.number().int() }).nullable(),
})

/** What the gateway's process answers on its unix socket. */
export type ControlAnswer =
  /** `missing`: addresses of its table that it does not have yet; `in_flight`: requests under way by instance. */
  | ({ kind: 'done' } & z.infer<typeof answer>)
  | { kind: 'refused'; reason: string; address: { host: string; port: number } | null }

const answerTimeoutMs = 10_000

/**
 * Asks the gateway's process. Rejects when there is no answer: the socket is not there, nobody listens, or ten seconds
 * have passed.
 */
export function askGateway(
  socketPath: string,
  method: 'GET' | 'PUT',
  path: '/state' | '/table' | '/keys',
  body?: unknown,
): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const req = request({ socketPath, method, path, agent: false, timeout: answerTimeoutMs }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('error', reject)
      res.on('end', () => {
        try {
          const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
          if (res.statusCode === 200) resolve({ kind: 'done', ...answer.parse(value) })
          else resolve({ kind: 'refused', ...refusal.parse(value) })
        } catch (error) {
          reject(error)
        }
      })
    })
    req.on('timeout', () => req.destroy(new Error('the gateway process did not answer in time')))
    req.on('error', reject)
    req.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
