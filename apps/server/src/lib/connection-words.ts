import { errors } from 'undici'
import { codeOfError } from './code-of-error.ts'
import type { Words } from './words.ts'

const cutOff: Words = { zh: '它没有答完', en: 'its answer was not complete' }
const nobody: Words = { zh: '没有程序接受连接', en: 'nothing accepts connections' }
const noHttp: Words = { zh: '它的回答不是 HTTP', en: 'its answer is not HTTP' }
const silent: Words = { zh: '它没有按时回答', en: 'it did not answer in time' }

/** By the codes of the system, of undici, and of undici's parser of HTTP. */
const known = new Map<string, Words>([
  ['ECONNRESET', cutOff],
  ['EPIPE', cutOff],
  ['UND_ERR_SOCKET', cutOff],
  ['HPE_INVALID_EOF_STATE', cutOff],
  ['ECONNREFUSED', nobody],
  ['ENOENT', nobody],
  ['ETIMEDOUT', silent],
  ['UND_ERR_CONNECT_TIMEOUT', silent],
  ['UND_ERR_HEADERS_TIMEOUT', silent],
  ['UND_ERR_BODY_TIMEOUT', silent],
])

/**
 * Why a request over HTTP failed at its connection, for people; other errors say it in their own words. Of an error
 * with an unknown code, its cause is looked at. Pure.
 */
export function connectionWords(error: unknown): Words {
  if (!(error instanceof Error)) return { zh: String(error), en: String(error) }
  const words = known.get(codeOfError(error)) ?? (error instanceof errors.HTTPParserError ? noHttp : null)
  if (words) return words
  return error.cause instanceof Error
    ? connectionWords(error.cause)
    : { zh: error.message, en: error.message }
}
