import { z } from 'zod'
import { slug, timestamp } from '../common.ts'
import { wallFacts, wallGaps, wallNames, wallStates } from '../walls.ts'
import { defineEndpoints } from './endpoint.ts'

const values = z
  .record(z.string(), z.union([z.string(), z.number()]))
  .describe('names, numbers and paths that belong to it')

/** Something that was found on this machine and belongs to a wall. */
const wallFact = z.object({ code: z.enum(wallFacts), values })
/** Something that was found on this machine and belongs to a wall. */
export type WallFact = z.infer<typeof wallFact>

/** Why a wall is missing or has a gap. */
const wallGap = z.object({ code: z.enum(wallGaps), values })
/** Why a wall is missing or has a gap. */
export type WallGap = z.infer<typeof wallGap>

/** One of the walls around the code of others, as it is on this machine now. */
const wall = z.object({
  name: z.enum(wallNames),
  state: z
    .enum(wallStates)
    .describe('in_part: it stands but has the gaps in `gaps`; unknown: it cannot be checked'),
  facts: z.array(wallFact),
  gaps: z.array(wallGap),
})
/** One of the walls around the code of others, as it is on this machine now. */
export type Wall = z.infer<typeof wall>

/** Services with instances of one kind. */
const servicesThere = z.array(z.object({ service_id: slug, name: z.string(), instances: z.number().int() }))

/** The walls of a platform, as they are on its machine now. */
export const hostWalls = z.object({
  hostname: z.string(),
  started_at: timestamp.describe('when this control plane started, which read the settings then'),
  walls: z.array(wall),
  instances: z
    .object({
      running: z.number().int(),
      inside: z.number().int().describe('their program runs in a sandbox, as the kernel shows'),
      outside: z.number().int().describe('their program runs without a sandbox'),
      unknown: z.number().int().describe('they are just starting, or the system does not tell'),
    })
    .describe('the running instances of all services'),
  outside: servicesThere.describe('the services with instances that run without a sandbox'),
  unfiltered: servicesThere.describe(
    'the services with instances whose sandbox has no filter of system calls',
  ),
  on_ports: servicesThere.describe('the services with instances that listen on a port of this machine'),
  on_network: servicesThere.describe('the services with instances that reach what this machine reaches'),
})
/** The walls of a platform, as they are on its machine now. */
export type HostWalls = z.infer<typeof hostWalls>

/** The walls around algorithms and their state. */
export const wallEndpoints = defineEndpoints({
  'GET /host/walls': {
    summary: 'Which walls around algorithms stand on this machine, and which are missing and why',
    access: 'config.manage',
    status: 200,
    response: hostWalls,
  },
})
