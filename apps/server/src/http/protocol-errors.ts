import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../lib/errors.ts'

/** An error in the form of another protocol than ours. */
type Written = { type: string; text: string; headers?: Record<string, string> }

/**
 * Answers errors of these routes as the programs read them that call them, such as git. What of a body has not been read is
 * dropped, because they read no answer before they have sent it.
 */
export function answerErrorsAs(
  scope: FastifyInstance,
  write: (error: AppError, request: FastifyRequest) => Written,
): void {
  scope.setErrorHandler((error, request, reply) => {
    if (!(error instanceof AppError)) throw error
    request.raw.resume()
    const { type, text, headers } = write(error, request)
    return reply
      .status(error.status)
      .headers({ ...error.headers, ...headers })
      .type(type)
      .send(text)
  })
}
