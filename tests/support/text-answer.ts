import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

/** An answer with all its headers and its body as text, whatever its status. */
export type TextAnswer = { status: number; headers: IncomingHttpHeaders; body: string }

/** Sends a request with a JSON body, if one is given, and reads the answer. `open` makes the request. */
export const textAnswer = (
  open: (onAnswer: (answer: IncomingMessage) => void) => ClientRequest,
  body?: object,
): Promise<TextAnswer> =>
  new Promise((resolve, reject) => {
    const asked = open(
      (answer) =>
        void text(answer).then(
          (read) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: read }),
          reject,
        ),
    )
    asked.on('error', reject)
    asked.end(body && JSON.stringify(body))
  })
