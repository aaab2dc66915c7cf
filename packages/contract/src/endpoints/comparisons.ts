import { z } from 'zod'
import { eventQuery, json, listQuery, pageOf, rowId, rowNumber, slug, timestamp } from '../common.ts'
import { rule } from '../issue-rules.ts'
import { bounds, longest } from '../limits.ts'
import { defineEndpoints } from './endpoint.ts'
import { runEvents, runStatus } from './runs.ts'

/** One column of a comparison: a service, one of its releases (by default the active one), and parameters. */
export const comparisonTarget = z.object({
  service_id: slug,
  release: rowNumber.optional(),
  parameters: z.record(z.string(), json).default({}),
})

/** One column and its run. */
export const comparisonCell = z.object({
  target: comparisonTarget,
  run_id: rowId.nullable(),
  status: runStatus,
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
})

/** The same input run by several targets, side by side. */
export const comparison = z.object({
  id: rowId,
  title: z.string(),
  status: runStatus,
  input_data: z.array(json),
  cells: z.array(comparisonCell),
  created_by: z.string(),
  created_at: timestamp,
})
/** The same input run by several targets, side by side. */
export type Comparison = z.infer<typeof comparison>

const idParams = z.object({ id: rowId })

const eventNamed = <Name extends keyof typeof runEvents>(event: Name) =>
  z.object({ run_id: rowId, event: z.literal(event), data: runEvents[event] })

/** An event of one of its runs. */
const eventOfRun = z.discriminatedUnion('event', [
  eventNamed('status'),
  eventNamed('start'),
  eventNamed('progress'),
  eventNamed('output'),
  eventNamed('log'),
  eventNamed('completed'),
])

/** Comparing. */
export const comparisonEndpoints = defineEndpoints({
  'GET /comparisons': {
    summary:
      'Your own comparisons, newest first; administrators see all. In the list, an `input_data` above 64 KiB is empty, and so are the `parameters` of all targets if the cells take more than 64 KiB',
    access: 'runs.read',
    about: 'listed',
    query: listQuery,
    status: 200,
    response: pageOf(comparison),
  },
  'POST /comparisons': {
    summary: 'Run 2 to 4 targets on one input',
    access: 'runs.create',
    about: 'loaded',
    body: z.strictObject({
      title: z.string().max(longest.comparisonTitle).default(''),
      input: z
        .strictObject({ asset_id: rowId.optional(), input_data: z.array(json).min(1).max(100).optional() })
        .refine((input) => (input.asset_id === undefined) !== (input.input_data === undefined), {
          message: rule('field.one_input'),
          path: ['input_data'],
        }),
      targets: z
        .array(comparisonTarget.strict())
        .min(bounds.comparisonTargets.min)
        .max(bounds.comparisonTargets.max),
    }),
    status: 202,
    response: z.object({ comparison_id: rowId }),
  },
  'GET /comparisons/{id}': {
    summary: 'A comparison',
    access: 'runs.read',
    about: 'loaded',
    params: idParams,
    status: 200,
    response: comparison,
  },
  'GET /comparisons/{id}/events': {
    summary:
      'Follow all runs of a comparison (SSE: `run` with `run_id` and an event of `GET /runs/{id}/events` as `event` and `data`), until all have ended',
    access: 'runs.read',
    about: 'loaded',
    params: idParams,
    query: eventQuery,
    status: 200,
    response: 'events',
    events: { run: eventOfRun },
  },
  'PATCH /comparisons/{id}': {
    summary: 'Change its title',
    access: 'runs.create',
    about: 'loaded',
    params: idParams,
    body: z.strictObject({ title: z.string().max(longest.comparisonTitle) }),
    status: 200,
    response: comparison,
  },
  'DELETE /comparisons/{id}': {
    summary: 'Delete a comparison; its runs are kept',
    access: 'runs.create',
    about: 'loaded',
    params: idParams,
    status: 204,
    response: null,
  },
})
