import { errors } from 'undici'
import { codeOfError } from './code-of-error.ts'
import type { Words } from './words.ts'

const cutOff: Words = { zh: '它没有答完', en: 'its answer was not complete' }
const nobody: Words = { zh: '没有程序接受连接', en: 'nothing accepts connections' }
const noHttp: Words = { zh: '它的回答不是 HTTP', en: 'its answer is not HTTP' }
const silent: Words = { zh: '它没有按时回答', en: 'it did not answer in time' }

/** By the codes of the system and of undici. */
const known = new Map<string, Words>([
  ['ECONNRESET', cutOff],
  ['EPIPE', cutOff],
  ['UND_ERR_SOCKET', cutOff],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', cutOff],
  ['ECONNREFUSED', nobody],
  ['ENOENT', nobody],
  ['ETIMEDOUT', silent],
  ['UND_ERR_CONNECT_TIMEOUT', silent],
  ['UND_ERR_HEADERS_TIMEOUT', silent],
  ['UND_ERR_BODY_TIMEOUT', silent],
])

/** What undici's parser says of an answer that ends too early. It has no code for it. */
const endsTooEarly = 'Invalid EOF state'

function parserWords(error: Error): Words | null {
  if (!(error instanceof errors.HTTPParserError)) return null
  return error.message.includes(endsTooEarly) ? cutOff : noHttp
}

/**
 * Why a request over HTTP failed at its connection, for people; other errors say it in their own words. Of an error
 * with an unknown code, its cause is looked at. Pure.
 */
export function connectionWords(error: unknown): Words {
  if (!(error instanceof Error)) return { zh: String(error), en: String(error) }
  const words = known.get(codeOfError(error)) ?? parserWords(error)
  if (words) return words
  return error.cause instanceof Error
    ? connectionWords(error.cause)
    : { zh: error.message, en: error.message }
}
