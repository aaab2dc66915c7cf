import { z } from 'zod'
import { eventQuery, json, listQuery, pageOf, rowId, slug, timestamp } from '../common.ts'
import { rule } from '../issue-rules.ts'
import { outputName, predictEvents, predictResponse } from '../protocol.ts'
import { defineEndpoints } from './endpoint.ts'

/** State of a run. */
export const runStatus = z.enum(['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled'])
/** State of a run. */
export type RunStatus = z.infer<typeof runStatus>

/** One call of a service from the stage, with everything that is needed to repeat it. */
export const run = z.object({
  id: rowId,
  service_id: slug,
  release: z.number().int().nullable(),
  commit: z.string().nullable(),
  status: runStatus,
  progress: z.number().min(0).max(1).nullable(),
  progress_message: z.string().nullable(),
  input_data: z.array(json),
  parameters: z.record(z.string(), json),
  result: predictResponse.nullable(),
  error: z.object({ code: z.string(), message: z.string(), details: z.record(z.string(), json) }).nullable(),
  unkept_files: z
    .array(z.object({ name: z.string(), reason: z.string() }))
    .describe('files that the algorithm returned and that could not be kept with the run, with the reasons'),
  logs: z.string(),
  created_by: z.string(),
  created_at: timestamp,
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
})
/** One call of a service from the stage. */
export type Run = z.infer<typeof run>

/** What the stream of a run tells, by the name of the event: the events of its algorithm, and the run itself. */
export const runEvents = { ...predictEvents, status: run }

const idParams = z.object({ id: rowId })

/** What is run on a stage, and its results. */
export const runEndpoints = defineEndpoints({
  'GET /runs': {
    summary:
      'Your own runs, newest first; administrators see all. In the list, `logs` is empty, a `result` above 64 KiB is null, and `input_data` and `parameters` above 64 KiB are empty; `GET /runs/{id}` contains them',
    access: 'runs.read',
    about: 'listed',
    query: listQuery.extend({ service_id: slug.optional(), status: runStatus.optional() }),
    status: 200,
    response: pageOf(run),
  },
  'POST /runs': {
    summary: 'Run a service on an input',
    access: 'runs.create',
    about: 'loaded',
    body: z
      .strictObject({
        service_id: slug,
        asset_id: rowId.optional(),
        input_data: z.array(json).min(1).max(1000).optional(),
        parameters: z.record(z.string(), json).default({}),
      })
      .refine((body) => (body.asset_id === undefined) !== (body.input_data === undefined), {
        message: rule('field.one_input'),
        path: ['input_data'],
      }),
    status: 202,
    response: z.object({ run_id: rowId }),
  },
  'GET /runs/{id}': {
    summary: 'A run',
    access: 'runs.read',
    about: 'loaded',
    params: idParams,
    status: 200,
    response: run,
  },
  'DELETE /runs/{id}': {
    summary:
      'Delete an ended run with its result and files, unless a comparison, a share link or a presentation shows it',
    access: 'runs.create',
    about: 'loaded',
    params: idParams,
    status: 204,
    response: null,
  },
  'POST /runs/{id}/cancel': {
    summary: 'Cancel',
    access: 'runs.create',
    about: 'loaded',
    params: idParams,
    status: 202,
    response: run,
  },
  'POST /runs/{id}/again': {
    summary:
      'Repeat a run with the same input and parameters on the same release, or on the active release if that one no longer exists',
    access: 'runs.create',
    about: 'loaded',
    params: idParams,
    status: 202,
    response: z.object({ run_id: rowId }),
  },
  'GET /runs/{id}/files/{name}': {
    summary:
      'A file that the algorithm returned, kept with the run, with ranges; results of ended runs contain these addresses',
    access: 'runs.read',
    about: 'loaded',
    params: idParams.extend({ name: outputName }),
    status: 200,
    response: 'stream',
  },
  'GET /runs/{id}/events': {
    summary: 'Follow a run (SSE: the events of the algorithm contract, and `status` with the run)',
    access: 'runs.read',
    about: 'loaded',
    params: idParams,
    query: eventQuery,
    status: 200,
    response: 'events',
    events: runEvents,
  },
})
