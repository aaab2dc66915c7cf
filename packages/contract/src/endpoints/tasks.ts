import { z } from 'zod'
import { eventQuery, json, listQuery, pageOf, rowId, slug, taskAccepted, timestamp } from '../common.ts'
import { defineEndpoints } from './endpoint.ts'
import { batchAction } from './service-groups.ts'

/** State of a task or of one of its steps. */
export const taskState = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled'])
/** State of a task or of one of its steps. */
export type TaskState = z.infer<typeof taskState>

/** What a task does. */
export const taskKind = z.enum([
  'service.deploy',
  'service.start',
  'service.stop',
  'service.restart',
  'service.delete',
  'service.rollback',
  'service.adjust',
  'service.canary',
  'service.sleep',
  'service.wake',
  'service.batch',
  'service.pipeline',
  'gateway.switch',
  'asset.process',
  'code.move',
])
/** What a task does. */
export type TaskKindName = z.infer<typeof taskKind>

/** A kind of task without its object. The web pages have a word for each. */
export type TaskWord = TaskKindName extends infer Kind
  ? Kind extends `${string}.${infer Word}`
    ? Word
    : never
  : never

/** The name of a step in any task. */
export const stepName = z.enum([
  'fetch',
  'environment',
  'configure',
  'models',
  'start',
  'verify',
  'route',
  'stop',
  'delete',
  'services',
  'switch',
  'keep',
  'probe',
  'transcode',
  'pictures',
  'waveform',
  'inspect',
  'test',
  'deploy',
  'move',
])
/** The name of a step in any task. */
export type StepName = z.infer<typeof stepName>

/** The steps of each kind of task, in order. */
export const taskSteps = {
  'service.deploy': ['fetch', 'environment', 'configure', 'models', 'start', 'verify', 'route'],
  'service.start': ['start', 'route'],
  'service.stop': ['stop'],
  'service.restart': ['stop', 'start', 'route'],
  'service.delete': ['stop', 'delete'],
  'service.rollback': ['start', 'verify', 'route'],
  'service.adjust': ['start', 'verify', 'route'],
  'service.canary': ['start', 'verify', 'route'],
  'service.sleep': ['stop'],
  'service.wake': ['start', 'route'],
  'service.batch': ['services'],
  'service.pipeline': ['fetch', 'inspect', 'test', 'deploy', 'switch'],
  'gateway.switch': ['switch', 'keep'],
  'code.move': ['move'],
  'asset.process': ['probe', 'transcode', 'pictures', 'waveform'],
} as const satisfies Record<TaskKindName, readonly StepName[]>
/** Name of a step of a task of this kind. */
export type StepOf<Kind extends TaskKindName> = (typeof taskSteps)[Kind][number]

/** One step of a task. */
export const taskStep = z.object({
  name: stepName,
  state: taskState.or(z.literal('skipped')),
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
  message: z.string().nullable().describe('what it did, or why it failed'),
  percent: z.number().int().min(0).max(100).optional().describe('while it runs: how much is done, if known'),
})
/** One step of a task. */
export type TaskStep = z.infer<typeof taskStep>

/** Long work. A task survives a restart of the control plane and can be cancelled. */
export const task = z.object({
  id: rowId,
  kind: taskKind,
  state: taskState,
  service_id: slug.nullable(),
  release: z.number().int().optional().describe('the release that it deploys or rolls back to'),
  batch: z
    .object({ action: batchAction, total: z.number().int() })
    .optional()
    .describe('for a batch: the action and the number of services, which are known before the first result'),
  steps: z.array(taskStep),
  result: json.nullable(),
  error: z.object({ code: z.string(), message: z.string(), details: z.record(z.string(), json) }).nullable(),
  created_by: z.string(),
  created_at: timestamp,
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
})
/** Long work. */
export type Task = z.infer<typeof task>

const idParams = z.object({ id: rowId })

const platformEvents = {
  ready: z
    .object({})
    .describe(
      'the first event of a stream: all later changes are sent; data that was read before may be out of date',
    ),
  service: z.object({ service_id: slug, change: z.enum(['changed', 'deleted']) }),
  history: z
    .object({ service_id: slug })
    .describe('the history of a service has new records; they are stored a moment after its change'),
  task: task,
}

/** Tasks, and the stream of changes. */
export const taskEndpoints = defineEndpoints({
  'GET /tasks': {
    summary: 'Tasks, newest first',
    access: 'tasks.read',
    about: 'listed',
    query: listQuery.extend({ service_id: slug.optional(), state: taskState.optional() }),
    status: 200,
    response: pageOf(task),
  },
  'GET /tasks/{id}': {
    summary: 'A task',
    access: 'tasks.read',
    about: 'loaded',
    params: idParams,
    status: 200,
    response: task,
  },
  'GET /tasks/{id}/events': {
    summary: 'Follow a task (SSE: event `task`; ends with the task)',
    access: 'tasks.read',
    about: 'loaded',
    params: idParams,
    query: eventQuery,
    status: 200,
    response: 'events',
    events: { task },
  },
  'POST /tasks/{id}/retry': {
    summary: 'Retry a deploy or rollback that failed, with the same code and options',
    access: 'services.deploy',
    about: 'loaded',
    params: idParams,
    status: 202,
    response: taskAccepted.extend({ service_id: slug }),
  },
  'POST /tasks/{id}/cancel': {
    summary: 'Cancel',
    access: 'tasks.cancel',
    about: 'loaded',
    params: idParams,
    status: 202,
    response: task,
  },
  'GET /events': {
    summary:
      'Follow changes of services and tasks (SSE: `ready` first, then `service`, `history` and `task`). Load what you show after `ready`, so that you miss no later change. It tells nothing to whoever may not read services. It ends when the rights of the caller change; open it again then',
    access: 'self',
    about: 'listed',
    query: eventQuery,
    status: 200,
    response: 'events',
    events: platformEvents,
  },
})
