import { loggedPath, type ErrorBody } from '@vitrine/contract'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { databaseUnavailable } from '../adapters/database/database.errors.ts'
import { isDatabaseAway, isUnstorableText } from '../adapters/database/database.ts'
import { audienceOf, isRedactedFor, sentenceFor, type Audience } from '../lib/disclosure.ts'
import { AppError } from '../lib/errors.ts'
import { localisedDetails, wordsOf, wordsOfError } from '../lib/words.ts'
import { bodyTooLarge, malformedRequest, mediaTypeUnsupported, textUnstorable } from './http.errors.ts'
import { unforeseen } from '../lib/internal.errors.ts'
import { languageOf } from './language.ts'

const undecodable = { zh: '地址无法解码', en: 'the address cannot be decoded' }

/**
 * Turns any error into one that a caller may see. Our own errors stay, refusals by Fastify are translated,
 * and anything else becomes an internal error without details.
 */
function toAppError(error: FastifyError | Error, request: FastifyRequest): AppError {
  if (error instanceof AppError) return error
  if (isUnstorableText(error)) return textUnstorable({}, error)
  if (isDatabaseAway(error)) return databaseUnavailable({}, error)
  if (!('code' in error) || !('statusCode' in error)) return unforeseen(error)
  switch (error.statusCode) {
    case 400:
      // What Fastify says of an address that it cannot decode quotes it, and it may hold the token of a link.
      return malformedRequest({
        reason: error.code === 'FST_ERR_BAD_URL' ? undecodable : wordsOf(error.message),
      })
    case 413:
      return bodyTooLarge({ limit_bytes: request.routeOptions.bodyLimit ?? 0 })
    // The multipart parser answers 406 to a body that is not multipart.
    case 406:
    case 415:
      return mediaTypeUnsupported({ content_type: request.headers['content-type'] ?? '' })
    default:
      return unforeseen(error)
  }
}

/** Whether an error only says that work ended because its client is gone. */
const isOfGone = (error: Error, reply: FastifyReply): boolean =>
  reply.raw.destroyed && error.name === 'AbortError'

/**
 * The headers of an error. Programs repeat by themselves what has a `retry-after`, so while the database does not answer, only a question
 * has one: a change that is repeated may be made twice.
 */
function headersOf({ code, headers }: AppError, { method }: FastifyRequest): Record<string, string> {
  const isQuestion = method === 'GET' || method === 'HEAD'
  return code === 'database.unavailable' && isQuestion ? { ...headers, 'retry-after': '5' } : headers
}

/** The details of an error as the log has them: an address is in it without the token of a share link. */
const loggedDetails = ({ details }: AppError): AppError['details'] =>
  typeof details.path === 'string' ? { ...details, path: loggedPath(details.path) } : details

/** The body of an answer about an error, as far as its reader may see it. */
export const errorBodyOf = (known: AppError, audience: Audience, requestId: string): ErrorBody => ({
  error: {
    code: known.code,
    message: sentenceFor({ code: known.code, message: wordsOfError(known) }, audience),
    details: isRedactedFor(known.code, audience) ? {} : localisedDetails(known.details, audience.language),
    request_id: requestId,
  },
})

/** Turns an error of a request into its answer. Requests that cannot be parsed have theirs in `unreadable-request.ts`. */
export function handleError(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = toAppError(error, request)
  if (isOfGone(error, reply)) request.log.info('client left before its answer')
  else if (known.status >= 500) request.log.error({ err: error, code: known.code }, 'request failed')
  else request.log.info({ code: known.code, details: loggedDetails(known) }, 'request refused')
  const audience = audienceOf(request.actor, languageOf(request))
  return reply
    .status(known.status)
    .headers(headersOf(known, request))
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(errorBodyOf(known, audience, request.id))
}
