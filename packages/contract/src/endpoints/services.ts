import { z } from 'zod'
import { listQuery, newSlug, pageOf, rowId, slug, taskAccepted, timestamp } from '../common.ts'
import { healthWord } from '../protocol.ts'
import { defineEndpoints } from './endpoint.ts'

/** Supervisor's words for a process. */
export const processState = z.enum([
  'STOPPED',
  'STARTING',
  'RUNNING',
  'BACKOFF',
  'STOPPING',
  'EXITED',
  'FATAL',
  'UNKNOWN',
])
/** Supervisor's words for a process. */
export type ProcessState = z.infer<typeof processState>

/** Health of a service: a probe's word, or UNKNOWN where none has answered. */
export const serviceHealth = z.enum([...healthWord.options, 'UNKNOWN'])
/** Health of a service. */
export type ServiceHealth = z.infer<typeof serviceHealth>

/** One process of a service. */
export const instance = z.object({
  id: z.string(),
  port: z.number().int(),
  pid: z.number().int().nullable(),
  state: processState,
  health: serviceHealth,
  release: z.number().int(),
  started_at: timestamp.nullable(),
  restarts: z.number().int(),
  cpu: z.number().nullable().describe('share of one core, 1 = a whole one'),
  memory_bytes: z.number().int().nullable(),
})

/** A deployed algorithm. */
export const service = z.object({
  id: slug,
  name: z.string(),
  algorithm_id: slug,
  status: processState,
  health: serviceHealth,
  reason: z.string().nullable().describe('a sentence when something is wrong'),
  desired: z.enum(['running', 'stopped']),
  mode: z.enum(['supervisor', 'local', 'docker']),
  path: z.string(),
  url: z.string(),
  front_port: z.number().int().nullable(),
  front_host: z.string().nullable(),
  auth: z.enum(['required', 'public']),
  timeout_s: z.number(),
  release: z.number().int().nullable(),
  commit: z.string().nullable(),
  replicas: z.number().int(),
  group_id: rowId.nullable(),
  instances: z.array(instance),
  owner: z.string(),
  may_operate: z.boolean().describe('whether the asker may start, stop, deploy and delete it'),
  deploying: rowId.nullable().describe('the deploy task that is under way'),
  created_at: timestamp,
  updated_at: timestamp,
})
/** A deployed algorithm. */
export type Service = z.infer<typeof service>

/** One deployed state of a service: immutable and numbered. */
export const release = z.object({
  number: z.number().int().min(1),
  commit: z.string(),
  status: z.enum(['deploying', 'active', 'retired', 'failed']),
  created_at: timestamp,
  created_by: z.string(),
})
/** One deployed state of a service. */
export type Release = z.infer<typeof release>

/** Options of a deploy. */
export const serviceConfig = z.strictObject({
  name: z.string().min(1).max(200).optional().describe('the title shown'),
  port: z.number().int().min(1).max(65535).optional().describe('the front port'),
  host: z.string().min(1).max(255).optional().describe('the address that the front port is opened on'),
  timeout: z.number().min(1).max(86_400).optional().describe('seconds that the gateway waits for an answer'),
})

/** One line of a service's log. */
export const logLine = z.object({
  ts: timestamp.nullable(),
  stream: z.enum(['stdout', 'stderr']),
  text: z.string(),
})
/** One line of a service's log. */
export type LogLine = z.infer<typeof logLine>

/** A port that Vitrine holds or has found held by others. */
export const portRow = z.object({
  port: z.number().int(),
  kind: z.enum(['front', 'instance']),
  state: z.enum(['reserved', 'listening', 'foreign']),
  owner: z.object({ service_id: slug, release: z.number().int().nullable() }).nullable(),
  holder: z.object({ pid: z.number().int(), command: z.string() }).nullable(),
})

const idParams = z.object({ id: slug })
const operate = (summary: string) =>
  ({ summary, access: 'services.operate', params: idParams, status: 202, response: taskAccepted }) as const

/** Services: deploy, watch, operate. */
export const serviceEndpoints = defineEndpoints({
  'GET /services': {
    summary: 'Services with their live state',
    access: 'services.read',
    query: listQuery,
    status: 200,
    response: pageOf(service),
  },
  'POST /services/deploy': {
    summary: 'Deploy an algorithm: a new service, or the next release of one that exists',
    access: 'services.deploy',
    body: z.object({
      algorithm_id: slug,
      service_id: newSlug.optional().describe('default: the algorithm’s id'),
      ref: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .describe('branch, tag or commit; default the newest version'),
      service_config: serviceConfig.optional(),
    }),
    status: 202,
    response: taskAccepted.extend({ service_id: slug }),
  },
  'GET /services/{id}': {
    summary: 'A service',
    access: 'services.read',
    params: idParams,
    status: 200,
    response: service,
  },
  'PATCH /services/{id}': {
    summary: 'Change its title, who may call it, or how long the gateway waits',
    access: 'services.operate',
    params: idParams,
    body: z.strictObject({
      name: z.string().min(1).max(200).optional(),
      auth: z.enum(['required', 'public']).optional(),
      timeout: z.number().min(1).max(86_400).optional(),
    }),
    status: 200,
    response: service,
  },
  'DELETE /services/{id}': {
    summary: 'Stop and delete a service; its algorithm stays',
    access: 'services.operate',
    params: idParams,
    status: 202,
    response: taskAccepted,
  },
  'GET /services/status/{id}': {
    summary: 'Its state in short',
    access: 'services.read',
    params: idParams,
    status: 200,
    response: z.object({
      service_id: slug,
      status: processState,
      health: serviceHealth,
      message: z.string(),
    }),
  },
  'GET /services/logs/{id}': {
    summary: 'Its last log lines',
    access: 'services.logs',
    params: idParams,
    query: z.object({ lines: z.coerce.number().int().min(1).max(10_000).default(100) }),
    status: 200,
    response: z.object({ service_id: slug, lines: z.array(logLine) }),
  },
  'GET /services/{id}/logs/stream': {
    summary: 'Its log, followed (SSE: event `line`)',
    access: 'services.logs',
    params: idParams,
    query: z.object({ lines: z.coerce.number().int().min(0).max(10_000).default(200) }),
    status: 200,
    response: 'stream',
  },
  'POST /services/start/{id}': operate('Start it'),
  'POST /services/stop/{id}': operate('Stop it'),
  'POST /services/restart/{id}': operate('Restart it'),
  'GET /services/{id}/releases': {
    summary: 'Its releases, newest first',
    access: 'services.read',
    params: idParams,
    query: listQuery,
    status: 200,
    response: pageOf(release),
  },
  'POST /services/{id}/rollback': {
    summary: 'Deploy an earlier release again, without rebuilding',
    access: 'services.deploy',
    params: idParams,
    body: z.object({ release: z.number().int().min(1) }),
    status: 202,
    response: taskAccepted.extend({ service_id: slug }),
  },
  'GET /ports': {
    summary: 'Every port that is held, by whom, and what really listens',
    access: 'ports.read',
    status: 200,
    response: z.object({ items: z.array(portRow), total: z.number().int() }),
  },
})
