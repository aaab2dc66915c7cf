import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { audienceOf } from '../lib/disclosure.ts'
import type { AppError } from '../lib/errors.ts'
import { wordsOf } from '../lib/words.ts'
import { errorBodyOf } from './error-handler.ts'
import { headersTooLarge, malformedRequest, requestStalled } from './http.errors.ts'

function refusalOf({ code, message }: { code: string; message: string }): AppError {
  if (code === 'HPE_HEADER_OVERFLOW') return headersTooLarge({})
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return requestStalled({})
  // A method that HTTP does not know, for example.
  return malformedRequest({ reason: wordsOf(message) })
}

/** Nobody knows who has sent it, and in which language they read. */
const stranger = audienceOf(null, 'zh')

function answerOf(refusal: AppError): string {
  const requestId = randomUUID()
  const body = JSON.stringify(errorBodyOf(refusal, stranger, requestId))
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    `x-request-id: ${requestId}`,
    'connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

/**
 * Answers a request that cannot be parsed, in the form of all our errors, and ends its connection. Nothing may be written into an earlier
 * answer that is still being sent: Node sets `_httpMessage` then.
 */
export function refuseUnreadable(error: Error & { code: string }, socket: Socket): void {
  const isAnswering = '_httpMessage' in socket && Boolean(socket._httpMessage)
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) socket.destroy()
  // Not destroyed at once: what has not been read of it would take the answer away from the gateway.
  else socket.end(answerOf(refusalOf(error)))
}
