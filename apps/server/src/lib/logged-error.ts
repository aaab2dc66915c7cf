import { DrizzleQueryError } from 'drizzle-orm/errors'
import { pino } from 'pino'

/** Characters of a statement that are logged: enough to tell which one it is. */
const statementLength = 300

/**
 * An error as it is logged. Of a query that failed, the cause and the beginning of its statement are logged, and not its values:
 * they may be private, and a large query has megabytes of them.
 */
export function loggedError(error: Error): object {
  // It inherits 25 constants, which pino would take for its properties.
  if (error instanceof DOMException) return { type: error.name, message: error.message, stack: error.stack }
  if (!(error instanceof DrizzleQueryError)) return pino.stdSerializers.err(error)
  const { query, cause, stack = '' } = error
  return {
    type: error.constructor.name,
    message: cause?.message ?? 'a query failed',
    statement: query.slice(0, statementLength),
    // Its first lines repeat the message, which has the values.
    stack: stack.slice(Math.max(0, stack.indexOf('\n    at '))),
    ...(cause && { cause: pino.stdSerializers.err(cause) }),
  }
}
