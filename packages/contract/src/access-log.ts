import { z } from 'zod'
import type { ErrorCode } from './error-codes.ts'

/** Converts milliseconds since 1970 to a time. */
const sinceEpoch = z
  .number()
  .min(0)
  .max(8.64e15)
  .transform((ms) => new Date(ms).toISOString())

/**
 * How many old access logs a gateway keeps. A control plane that was away can still record the calls in these and the
 * current one.
 */
export const accessLogsKept = 15

/**
 * One line of the gateway's JSON access log, in its written and its parsed form. nginx has no variable for
 * the milliseconds of a time, so it writes the time as a number. It uses its own status 499 for a client that
 * disconnected before the answer.
 */
export const accessLogLine = z
  .object({
    time: z.union([z.iso.datetime(), sinceEpoch]),
    request_id: z.string(),
    service_id: z.string().nullable(),
    release: z.number().int().nullable(),
    instance_id: z.string().nullable(),
    caller: z.string().nullable().describe('user:<id> or key:<id>'),
    method: z.string(),
    path: z.string().describe('without query'),
    status: z.number().int(),
    latency_ms: z.number(),
    bytes_in: z.number().int(),
    bytes_out: z.number().int(),
    remote_address: z.string(),
    error: z.string().nullable().describe('the gateway’s own error code, if it answered itself'),
    kept: z
      .uuid()
      .optional()
      .describe(
        'the file with the request and response bodies, in the folder `keptBodiesFolder` beside the log',
      ),
  })
  .transform((line) =>
    line.status === 499 && line.error === null
      ? { ...line, error: 'gateway.client_gone' satisfies ErrorCode }
      : line,
  )
/** One line of the gateway's JSON access log. */
export type AccessLogLine = z.infer<typeof accessLogLine>

/**
 * The folder beside the access log with the request and response bodies of calls whose lines the control plane has not
 * read yet.
 */
export const keptBodiesFolder = 'kept'

const keptBody = z.object({
  type: z.string().nullable().describe('the header Content-Type, without parameters'),
  bytes: z.number().int().describe('how many passed the gateway'),
  text: z
    .string()
    .nullable()
    .describe('its beginning; values of fields that are named like secrets are masked. null: not text'),
  is_cut: z.boolean().describe('the text is only the beginning'),
})

/** The request and response bodies of a call. No query and no header except the media type is ever kept. */
export const keptBodies = z.object({ request: keptBody, response: keptBody })
/** The request and response bodies of a call. */
export type KeptBodies = z.infer<typeof keptBodies>
