import { z } from 'zod'
import { timestamp } from '../common.ts'
import { endpoint } from '../network-endpoint.ts'
import { healthWord } from '../protocol.ts'

/** The state of a process, with Supervisor's names. */
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
/** The state of a process, with Supervisor's names. */
export type ProcessState = z.infer<typeof processState>

/** The health of a service: the state that a probe returned, or UNKNOWN if no probe has been answered. */
export const serviceHealth = z.enum([...healthWord.options, 'UNKNOWN'])
/** Health of a service. */
export type ServiceHealth = z.infer<typeof serviceHealth>

/** One process of a service. */
export const instance = z.object({
  id: z.string(),
  replica: z.number().int().min(1).describe('its place among the replicas, from 1; names its log'),
  endpoint: endpoint
    .nullable()
    .describe(
      'where it is reached, or was last; null before its first start, and for a socket if the caller may not read logs',
    ),
  pid: z
    .number()
    .int()
    .nullable()
    .describe('on this machine; null if the process is not running, or runs on another machine'),
  node: z
    .string()
    .nullable()
    .describe('the node of the cluster that it is on; null if it is in no cluster or has no process'),
  state: processState,
  health: serviceHealth,
  reason: z.string().nullable().describe('a sentence when it is not well'),
  release: z.number().int(),
  started_at: timestamp.nullable(),
  restarts: z.number().int(),
  last_end: z
    .string()
    .nullable()
    .describe(
      'how its process last ended by itself, in a sentence, also while it runs again; null if it has not since it was last started',
    ),
  over_limit: z
    .object({ resource: z.enum(['memory', 'processes']), limit: z.number() })
    .nullable()
    .describe(
      'the limit because of which it was killed then: megabytes, or a number of processes and threads',
    ),
  cpu: z.number().nullable().describe('cores in use by its whole process tree; 1 is one whole core'),
  memory_bytes: z.number().int().nullable().describe('resident, of its whole process tree'),
  open_files: z.number().int().nullable().describe('open handles, of its whole process tree'),
})
