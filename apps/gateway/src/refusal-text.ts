import { randomUUID } from 'node:crypto'
import { refusalBody, refusalHeaders, type Refusal } from './refusals.ts'

/** A whole answer as it goes over a connection on which no request was understood. It ends the connection. */
export function refusalText(refusal: Refusal): string {
  const requestId = randomUUID()
  const body = refusalBody(refusal, 'zh', requestId)
  const list = refusalHeaders(refusal, 'application/json; charset=utf-8', body, requestId)
  let text = `HTTP/1.1 ${refusal.status} Refused\r\n`
  for (let i = 0; i < list.length; i += 2) text += `${list[i]}: ${list[i + 1]}\r\n`
  return `${text}Connection: close\r\n\r\n${body}`
}
