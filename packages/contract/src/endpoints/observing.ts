import { z } from 'zod'
import { portKinds } from '../choices.ts'
import { listQuery, pageOf, rowNumberText, slug, timestamp } from '../common.ts'
import { defineEndpoints } from './endpoint.ts'
import { processState, serviceHealth } from './service-instance.ts'
import { serviceMode } from './services.ts'

/** A change of a service or one of its instances, kept for its history. */
export const serviceEvent = z.object({
  id: z.string(),
  at: timestamp,
  service_id: slug,
  instance_id: z.string().nullable().describe('null: the service as a whole'),
  release: z.number().int().nullable(),
  status: processState,
  health: serviceHealth,
  reason: z.string().nullable(),
})
/** A change of a service or one of its instances. */
export type ServiceEvent = z.infer<typeof serviceEvent>

/**
 * One step of a service's charts. Latencies are null in a step without calls. The other values are null if
 * nothing ran.
 */
export const metricPoint = z.object({
  at: timestamp.describe('where the step begins'),
  calls: z.number().int(),
  errors: z.number().int().describe('of them answered 5xx'),
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
  bytes_in: z.number().int(),
  bytes_out: z.number().int(),
  cpu: z.number().nullable().describe('cores'),
  memory_bytes: z.number().int().nullable(),
  open_files: z.number().int().nullable(),
})
/** One step of a service's charts. */
export type MetricPoint = z.infer<typeof metricPoint>

const usage = z.object({ cpu: z.number().nullable(), memory_bytes: z.number().int().nullable() })

/** The machine, and what the platform uses of it. */
export const host = z.object({
  hostname: z.string(),
  uptime_s: z.number(),
  cores: z.number().int(),
  cpu: z.number().nullable().describe('cores in use, by everything on the machine'),
  load: z.tuple([z.number(), z.number(), z.number()]).describe('average of 1, 5 and 15 minutes'),
  memory: z.object({ total_bytes: z.number().int(), used_bytes: z.number().int() }),
  disks: z.array(z.object({ path: z.string(), total_bytes: z.number().int(), used_bytes: z.number().int() })),
  processes: z.array(
    usage.extend({
      name: z.enum(['control_plane', 'gateway', 'supervisord', 'database']),
      pid: z.number().int(),
    }),
  ),
  services: usage.extend({
    total: z.number().int(),
    running: z.number().int(),
    instances: z.number().int(),
    open_files: z.number().int().nullable(),
  }),
  ports: z.array(
    z.object({
      kind: z.enum(portKinds),
      first: z.number().int(),
      last: z.number().int(),
      taken: z.number().int(),
    }),
  ),
  limits: z
    .array(
      z.object({
        resource: z.enum(['memory', 'cpu', 'open_files', 'processes', 'gpus']),
        by: z
          .enum(['cgroup', 'rlimit', 'watch', 'container'])
          .nullable()
          .describe('container: of containers alone; null: this machine cannot enforce it'),
        ceiling: z
          .number()
          .nullable()
          .describe('the most that an instance may have, in the unit of the limit; null: any'),
      }),
    )
    .describe('how this machine enforces the limits of services'),
  modes: z.array(serviceMode).describe('the runners that this machine has'),
  sandbox: z
    .object({
      state: z
        .enum(['on', 'off', 'missing', 'refused'])
        .describe('off: by a setting; missing: bubblewrap is not installed; refused: it does not work here'),
      said: z
        .string()
        .nullable()
        .describe('what bubblewrap said, if it does not work here or not with the filter of system calls'),
      calls: z
        .enum(['filtered', 'all'])
        .describe(
          'filtered: programs in a sandbox are refused system calls that they never need and that exploits use; all: they can make every call',
        ),
      network: z
        .enum(['separate', 'shared'])
        .describe('separate: a sandbox can be cut off from the network; shared: it has that of the machine'),
    })
    .describe('whether each instance runs in a sandbox'),
  gateway: z.enum(['embedded', 'nginx']),
  points: z.array(usage.extend({ at: timestamp })).describe('the last hour, of everything on the machine'),
})
/** The machine, and what the platform uses of it. */
export type Host = z.infer<typeof host>

const idParams = z.object({ id: slug })
const minutes = z.coerce.number().int().min(5).max(10_080).default(60)

/** Observations: history, charts, the machine. */
export const observingEndpoints = defineEndpoints({
  'GET /services/{id}/history': {
    summary: 'Changes of its state and health, newest first',
    access: 'services.read',
    about: 'service',
    params: idParams,
    query: listQuery.pick({ page: true, page_size: true }),
    status: 200,
    response: pageOf(serviceEvent),
  },
  'GET /services/{id}/metrics': {
    summary: 'Its charts: calls, latency, resource usage; optionally of one replica',
    access: 'services.read',
    about: 'service',
    params: idParams,
    query: z.object({ minutes, replica: rowNumberText.optional() }),
    status: 200,
    response: z.object({ step_s: z.number(), points: z.array(metricPoint) }),
  },
  'GET /service-metrics': {
    summary: 'Small charts of all services: calls, errors and memory in equal steps',
    access: 'services.read',
    about: 'listed',
    query: z.object({ minutes, points: z.coerce.number().int().min(5).max(120).default(30) }),
    status: 200,
    response: z.object({
      step_s: z.number(),
      since: timestamp,
      items: z.array(
        z.object({
          service_id: slug,
          calls: z.array(z.number().int()),
          errors: z.array(z.number().int()),
          memory_bytes: z.array(z.number().int().nullable()),
        }),
      ),
    }),
  },
  'GET /host': {
    summary: 'The machine: processor, memory, disks, ports, and the platform’s share of them',
    access: 'host.read',
    status: 200,
    response: host,
  },
})
