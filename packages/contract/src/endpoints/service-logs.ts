import { z } from 'zod'
import { logLevels, logStreams } from '../choices.ts'
import { json, rowNumberText, slug, timestamp } from '../common.ts'
import { longest } from '../limits.ts'
import { defineEndpoints } from './endpoint.ts'

/** The severity of a log line, in ascending order. */
export const logLevel = z.enum(logLevels)
/** The severity of a log line. */
export type LogLevel = z.infer<typeof logLevel>

/** One line of a service's log. */
export const logLine = z.object({
  ts: timestamp.nullable(),
  seen_at: timestamp
    .optional()
    .describe(
      'roughly when the line was written, if the line does not state a time and the platform has seen the log grow',
    ),
  stream: z.enum(logStreams),
  replica: z.number().int().min(1),
  level: logLevel.nullable().describe('as the line states it; null where it states none'),
  text: z.string().describe('the text as it was written, or the message of a JSON line'),
  fields: z
    .record(z.string(), json)
    .nullable()
    .describe('the fields of a JSON line other than time, level and message'),
})
/** One line of a service's log. */
export type LogLine = z.infer<typeof logLine>

const idParams = z.object({ id: slug })
const filter = z.object({
  replica: rowNumberText.optional().describe('only of this one'),
  stream: z.enum(logStreams).optional(),
  q: z.string().max(longest.search).default('').describe('text that a line contains, in any case'),
  level: logLevel
    .optional()
    .describe('this level and more severe ones; a line without a level has that of the line above'),
  from: timestamp.optional(),
  to: timestamp.optional(),
})

/** Which lines of a log are wanted. */
export type LogFilter = z.output<typeof filter>

/** Logs of a service: read, search, follow, download. */
export const serviceLogEndpoints = defineEndpoints({
  'GET /services/logs/{id}': {
    summary: 'Its last log lines that match a filter, oldest first',
    access: 'services.logs',
    about: 'service',
    params: idParams,
    query: filter.extend({ lines: z.coerce.number().int().min(1).max(10_000).default(100) }),
    status: 200,
    response: z.object({
      service_id: slug,
      lines: z.array(logLine),
      searched_to_start: z
        .boolean()
        .describe('false: older lines were not looked at, because the log is longer than one search reads'),
    }),
  },
  'GET /services/{id}/logs/stream': {
    summary:
      'Follow its log (SSE: event `line`; after the existing lines, one `caught_up` with `searched_to_start`)',
    access: 'services.logs',
    about: 'service',
    params: idParams,
    query: filter.extend({ lines: z.coerce.number().int().min(0).max(10_000).default(200) }),
    status: 200,
    response: 'events',
    events: { line: logLine, caught_up: z.object({ searched_to_start: z.boolean() }) },
  },
  'GET /services/{id}/logs/download': {
    summary: 'Its complete log as text, rotated files first',
    access: 'services.logs',
    about: 'service',
    params: idParams,
    query: filter,
    status: 200,
    response: 'stream',
  },
})
