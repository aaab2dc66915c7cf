import { z } from 'zod'
import { networkPolicies, processModes } from '../choices.ts'
import {
  listQuery,
  newSlug,
  numberWithin,
  pageOf,
  rowId,
  slug,
  taskAccepted,
  timestamp,
  wholeWithin,
} from '../common.ts'
import { variableName, variableText } from '../config-keys.ts'
import { bounds, longest, most } from '../limits.ts'
import { plainAddress } from '../network-endpoint.ts'
import { resourceLimits } from '../manifest.ts'
import { rateLimit } from '../request-rate.ts'
import { scalingRule } from '../scaling.ts'
import { defineEndpoints } from './endpoint.ts'
import { instance, processState, serviceHealth } from './service-instance.ts'
import { visibleName } from '../visible-text.ts'

/** The runner of a service's processes. */
export const serviceMode = z.enum(processModes)
/** The runner of a service's processes. */
export type ServiceMode = z.infer<typeof serviceMode>

/** What the instances of a service can reach on the network. */
export const networkPolicy = z
  .enum(networkPolicies)
  .describe(
    'what its instances can reach on the network. none: nothing, not even a port of this machine; all: everything that this machine can reach',
  )
/** What the instances of a service can reach on the network. */
export type NetworkPolicy = z.infer<typeof networkPolicy>

/** A process that listens on a port. */
export const portProcess = z.object({ pid: z.number().int(), command: z.string() })

/**
 * A front port that its service cannot use now. It still belongs to the service, and is served as soon as it
 * is free.
 */
export const frontPortTaken = z.object({
  port: z.number().int(),
  holder: portProcess
    .nullable()
    .describe('who listens there; null if it is unknown, or if the caller may not read ports'),
  nearest_free: z.number().int().nullable().describe('the free front port that is nearest'),
})
/** A front port that its service cannot use now. */
export type FrontPortTaken = z.infer<typeof frontPortTaken>

/** A deployed algorithm. */
export const service = z.object({
  id: slug,
  name: z.string(),
  other_names: z.array(z.string()).describe('in other languages, and as published for its stage'),
  algorithm_id: slug,
  status: processState,
  health: serviceHealth,
  reason: z.string().nullable().describe('a sentence when something is wrong'),
  desired: z.enum(['running', 'stopped']),
  preview: z
    .object({ of: slug, branch: z.string() })
    .nullable()
    .describe('the service whose other branch it serves, until the branch is gone; null for all others'),
  asleep: z.boolean().describe('whether it is stopped because nobody called it; the next request wakes it'),
  mode: serviceMode,
  path: z.string(),
  url: z.string(),
  own_url: z
    .string()
    .nullable()
    .describe('its address under a host of its own, if `VITRINE_APPS_DOMAIN` is set'),
  front_port: z.number().int().nullable(),
  front_host: z.string().nullable(),
  front_port_taken: frontPortTaken.nullable().describe('set if another process holds its front port'),
  auth: z.enum(['required', 'public']),
  timeout_s: z.number(),
  rate_limit: rateLimit.nullable(),
  body_mb: z.number().int().describe('largest body of a request'),
  keep_bodies: z
    .boolean()
    .describe('whether the beginnings of request and response bodies are kept as long as the call'),
  release: z.number().int().nullable(),
  commit: z.string().nullable(),
  replicas: z.number().int().describe('how many instances are desired'),
  scaling: scalingRule.nullable().describe('the rule that decides about `replicas`; null: people do'),
  limits: resourceLimits.describe(
    'the limits of each instance. An absent limit has the ceiling of the platform, see `GET /host`',
  ),
  network: networkPolicy,
  idle_minutes: z
    .number()
    .int()
    .nullable()
    .describe('it falls asleep after this time without a request; null: never'),
  unhealthy_probes: z
    .number()
    .int()
    .nullable()
    .describe('a running instance is restarted after this many bad probes in a row; null: never'),
  group_id: rowId.nullable(),
  instances: z.array(instance),
  up_since: timestamp
    .nullable()
    .describe(
      'since when an instance has been READY or BUSY without a break; the longest if there are several, and null if there is none',
    ),
  restarts: z.number().int().describe('of its instances, by themselves'),
  owner: z.string(),
  may_operate: z.boolean().describe('whether the caller may start, stop and restart it'),
  may_own: z.boolean().describe('whether the caller may deploy, change and delete it'),
  deploying: rowId.nullable().describe('the deploy task in progress'),
  created_at: timestamp,
  updated_at: timestamp,
})
/** A deployed algorithm. */
export type Service = z.infer<typeof service>

/** Options of a deploy. */
export const serviceConfig = z.strictObject({
  name: visibleName(z.string().min(1).max(longest.serviceName)).optional().describe('the title shown'),
  port: wholeWithin(bounds.port).optional().describe('the front port'),
  host: plainAddress
    .optional()
    .describe(
      'the address of this machine that the front port is opened on; only an administrator may choose another than the default. `0.0.0.0` and `::` open it to every network of the machine',
    ),
  timeout: numberWithin(bounds.timeoutS).optional().describe('seconds that the gateway waits for an answer'),
  network: networkPolicy.optional(),
  mode: serviceMode
    .optional()
    .describe('what runs its processes; with `docker` or `kubernetes`, the deploy makes an image'),
  env: z
    .record(variableName, variableText)
    .optional()
    .describe(
      'variables of its processes, kept as `env.NAME` of its configuration; they take effect when the release serves',
    ),
})

/** What can be changed in an existing service. */
export const serviceChange = z.strictObject({
  name: visibleName(z.string().min(1).max(longest.serviceName)).optional().describe('the title shown'),
  auth: z.enum(['required', 'public']).optional(),
  timeout: numberWithin(bounds.timeoutS).optional().describe('seconds that the gateway waits for an answer'),
  rate_limit: rateLimit.strict().nullable().optional(),
  body_mb: wholeWithin(bounds.bodyMb).optional(),
  keep_bodies: z.boolean().optional(),
  port: wholeWithin(bounds.port).optional().describe('the front port'),
  group_id: rowId.nullable().optional(),
  replicas: wholeWithin(bounds.replicas).optional().describe('refused while `scaling` has a rule'),
  scaling: scalingRule.nullable().optional(),
  mode: z.enum(processModes).optional(),
  limits: resourceLimits.strict().nullable().optional().describe('null: those of the manifest'),
  network: networkPolicy.optional(),
  idle_minutes: wholeWithin(bounds.idleMinutes).nullable().optional(),
  unhealthy_probes: wholeWithin(bounds.unhealthyProbes).nullable().optional(),
})
/** What can be changed in an existing service. */
export type ServiceChange = z.infer<typeof serviceChange>

const idParams = z.object({ id: slug })
const operate = (summary: string) =>
  ({
    summary,
    access: 'services.operate',
    about: 'service',
    params: idParams,
    status: 202,
    response: taskAccepted,
  }) as const

/** Services: deploy, watch, operate. */
export const serviceEndpoints = defineEndpoints({
  'GET /services': {
    summary: 'Services with their live state',
    access: 'services.read',
    about: 'listed',
    query: listQuery.extend({
      q: listQuery.shape.q.describe(
        'only services one of whose names (also in another language, or the title that they are published with), ID or first digits of the front port contains this',
      ),
      group_id: rowId.optional(),
      ids: z
        .string()
        .transform((ids) => ids.split(','))
        .pipe(z.array(slug).max(most.serviceIds))
        .optional()
        .describe('only these, with commas between their ids'),
    }),
    status: 200,
    response: pageOf(service),
  },
  'POST /services/deploy': {
    summary: 'Deploy an algorithm: a new service, or the next release of one that exists',
    access: 'services.deploy',
    about: 'loaded',
    body: z.strictObject({
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
    about: 'service',
    params: idParams,
    status: 200,
    response: service,
  },
  'PATCH /services/{id}': {
    summary:
      'Change a service. Title, access, request limits, group and rules take effect with the response (200); replicas, mode, resources and network are changed by a task (202 with `task_id`)',
    access: 'services.operate',
    about: 'service',
    params: idParams,
    body: serviceChange,
    status: 200,
    beginsWork: true,
    response: service.extend({ task_id: rowId.nullable() }),
  },
  'DELETE /services/{id}': {
    summary: 'Stop and delete a service; its algorithm is kept',
    access: 'services.operate',
    about: 'service',
    params: idParams,
    status: 202,
    response: taskAccepted,
  },
  'GET /services/status/{id}': {
    summary: 'Its state in short',
    access: 'services.read',
    about: 'service',
    params: idParams,
    status: 200,
    response: z.object({
      service_id: slug,
      status: processState,
      health: serviceHealth,
      message: z.string(),
    }),
  },
  'POST /services/start/{id}': operate('Start it'),
  'POST /services/stop/{id}': operate('Stop it'),
  'POST /services/restart/{id}': operate('Restart it'),
})
