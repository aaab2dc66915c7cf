import { z } from 'zod'
import { nodeStates } from '../choices.ts'
import { slug } from '../common.ts'
import { defineEndpoints } from './endpoint.ts'
import { processState } from './service-instance.ts'
import { serviceMode } from './services.ts'

/** An instance, and how it runs. */
export const placedInstance = z.object({
  id: z.string(),
  service_id: slug,
  mode: serviceMode.describe('the runner that it is with'),
  state: processState,
})
/** An instance, and how it runs. */
export type PlacedInstance = z.infer<typeof placedInstance>

const share = z.object({
  total: z
    .number()
    .nullable()
    .describe('of the machine, or what its node lets pods have; null if the cluster does not tell'),
  requested: z
    .number()
    .nullable()
    .describe('what the cluster keeps for instances of this platform; null for the machine of the platform'),
  in_use: z
    .number()
    .nullable()
    .describe('machine: by everything on it; node: by instances of this platform; null if not known'),
})

/** A machine on which instances run. */
export const hostNode = z.object({
  name: z.string(),
  kind: z.enum(['machine', 'node']).describe('machine: that of the platform; node: one of the cluster'),
  state: z
    .enum(nodeStates)
    .describe(
      'cordoned: gets no new pods; tainted: has a taint that pods of the platform do not tolerate; unknown: the cluster does not tell',
    ),
  taints: z.array(z.string()).describe('those because of which its state is `tainted`'),
  cpu: share.describe('cores'),
  memory_bytes: share,
  gpus: share.omit({ in_use: true }),
  labels: z
    .array(z.object({ name: z.string(), value: z.string() }))
    .describe('those that tell what it is good for'),
  instance_count: z.number().int().describe('all instances of this platform that run there'),
  instances: z
    .array(placedInstance)
    .describe('the first of them, without those of services that the caller may not see'),
})
/** A machine on which instances run. */
export type HostNode = z.infer<typeof hostNode>

/** All machines on which instances run, and what waits for one. */
export const hostNodes = z.object({
  items: z.array(hostNode).describe('the machine of the platform first, then the nodes by their names'),
  waiting_count: z.number().int(),
  waiting: z
    .array(
      placedInstance.extend({
        reason: z.string().nullable().describe('with the words of the cluster; null if it has said nothing'),
      }),
    )
    .describe('the first instances that should run in the cluster and do not run on a node yet'),
  cluster: z
    .object({
      namespace: z.string(),
      node_selector: z
        .array(z.string())
        .describe('the labels that a node must have to be listed, and to get pods: `pool=services`'),
      answer: z
        .enum(['known', 'forbidden', 'away'])
        .describe(
          'forbidden: the account of the platform may not list nodes, so only those with its instances are known; away: the cluster did not answer',
        ),
      said: z.string().nullable().describe('the words of the cluster; null if it has answered'),
    })
    .nullable()
    .describe('null: the platform has no cluster'),
})
/** All machines on which instances run, and what waits for one. */
export type HostNodes = z.infer<typeof hostNodes>

/** The machines on which instances run. */
export const nodeEndpoints = defineEndpoints({
  'GET /nodes': {
    summary: 'Which instances run on which machine or node, what is free there, and what waits for a node',
    access: 'host.read',
    status: 200,
    response: hostNodes,
  },
})
