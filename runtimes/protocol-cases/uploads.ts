import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'

/** An answer that has arrived as a whole. */
export type Answer = { status: number; headers: Headers; text: string }

/** A request whose head has been taken by the server. `send` sends its body. */
type Upload = { answer: Promise<Answer>; send: () => void; caller: AbortController }

/**
 * Begins a `POST`. Resolves when the server has taken its head: it then asks for the body (`100 Continue`). An answer
 * that comes before the body is accepted too.
 */
export async function beginUpload(
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<Upload> {
  const caller = new AbortController()
  const sent = request(url, {
    method: 'POST',
    agent: false,
    signal: caller.signal,
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      expect: '100-continue',
      ...headers,
    },
  })
  const taken = once(sent, 'continue')
  const answer = new Promise<Answer>((resolve, reject) => {
    sent.on('error', reject)
    sent.on('response', (response) => {
      const given = new Headers()
      for (const [name, value] of Object.entries(response.headers)) given.set(name, String(value))
      text(response).then(
        (whole) => resolve({ status: response.statusCode ?? 0, headers: given, text: whole }),
        reject,
      )
    })
  })
  // The step that waits for the answer reports its failure.
  answer.catch(() => undefined)
  sent.flushHeaders()
  await Promise.race([taken, answer])
  return { answer, send: () => void sent.end(body), caller }
}
