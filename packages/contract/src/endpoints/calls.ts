import { z } from 'zod'
import { callerKinds, statusClasses } from '../choices.ts'
import { listQuery, pageOf, rowId, slug, timestamp } from '../common.ts'
import { keptBodies } from '../access-log.ts'
import { bounds } from '../limits.ts'
import { defineEndpoints } from './endpoint.ts'

const caller = z
  .object({ kind: z.enum(['user', 'key', 'share']), id: z.string(), name: z.string().nullable() })
  .nullable()
  .describe('null where nobody had to say')

/** A request that passed the gateway. */
export const call = z.object({
  id: z.string(),
  time: timestamp,
  service_id: slug,
  release: z.number().int().nullable(),
  instance_id: z.string().nullable(),
  caller,
  method: z.string(),
  route: z.string().describe('the path below that of the service, without query'),
  status: z.number().int(),
  latency_ms: z.number(),
  bytes_in: z.number().int(),
  bytes_out: z.number().int(),
  request_id: z.string(),
  error: z.string().nullable().describe('the gateway’s own error code, if it answered itself'),
  process_end: z
    .string()
    .nullable()
    .describe(
      'for `gateway.upstream_broken`: how the process of the instance ended at that moment, from the history of the service. ' +
        'null: the process lived on, nothing else is known, or the history is not kept any more',
    ),
  has_bodies: z
    .boolean()
    .describe('whether the request and response bodies were kept: `GET /calls/{id}/bodies`'),
})
/** A request that passed the gateway. */
export type Call = z.infer<typeof call>

/** Which calls are meant. All conditions must hold. */
const callFilter = z.object({
  service_id: slug.optional(),
  caller: z.string().max(100).optional().describe('`user:<id>`, `key:<id>` or `share:<id>`'),
  caller_kind: z.enum(callerKinds).optional(),
  min_ms: z.coerce
    .number()
    .min(bounds.callMs.min)
    .max(bounds.callMs.max)
    .optional()
    .describe('took at least this long'),
  status: z.enum(statusClasses).optional(),
  request_id: z.string().max(100).optional(),
  from: timestamp.optional(),
  to: timestamp.optional(),
})

/** Latencies and callers of filtered calls. */
export const callSummary = z.object({
  calls: z.number().int().describe('how many calls were looked at: the newest 10,000 that match'),
  errors: z.number().int().describe('of them answered 5xx'),
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
  latency: z
    .array(
      z.object({
        from_ms: z.number(),
        to_ms: z.number().nullable().describe('null: no end'),
        calls: z.number().int(),
        errors: z.number().int(),
      }),
    )
    .describe('a histogram; each range is about half as long again as the one before'),
  callers: z
    .array(
      z.object({
        caller,
        calls: z.number().int(),
        errors: z.number().int(),
        p50_ms: z.number(),
        p95_ms: z.number(),
      }),
    )
    .describe('the callers that took the most time in total, at most 50, whatever caller the filter names'),
})
/** Latencies and callers of filtered calls. */
export type CallSummary = z.infer<typeof callSummary>

/** Requests through the gateway: their list, their summary and their file. */
export const callEndpoints = defineEndpoints({
  'GET /calls': {
    summary: 'Requests through the gateway, newest first',
    access: 'calls.read',
    about: 'listed',
    query: listQuery.pick({ page: true, page_size: true }).extend(callFilter.shape),
    status: 200,
    response: pageOf(call).extend({
      more: z
        .boolean()
        .describe(
          'whether there are more than `total`, which counts up to 10,000. Pages end there too; continue with `to`',
        ),
    }),
  },
  'GET /calls/summary': {
    summary: 'A histogram of the latencies of calls, and their callers',
    access: 'calls.read',
    about: 'listed',
    query: callFilter,
    status: 200,
    response: callSummary,
  },
  'GET /calls/{id}/bodies': {
    summary: 'The request and response bodies of a call, if its service keeps them (`keep_bodies`)',
    access: 'calls.read',
    about: 'loaded',
    params: z.object({ id: rowId }),
    status: 200,
    response: keptBodies,
  },
  'GET /calls/file': {
    summary: 'Calls as a CSV file, newest first, up to 100,000',
    access: 'calls.read',
    about: 'listed',
    query: callFilter,
    status: 200,
    response: 'stream',
  },
})
