import { z } from 'zod'
import { portStates, portUses } from '../choices.ts'
import { slug } from '../common.ts'
import { bounds } from '../limits.ts'
import { defineEndpoints } from './endpoint.ts'
import { portProcess } from './services.ts'

/** A port that Vitrine holds, or has found held by other processes. */
export const portRow = z.object({
  port: z.number().int(),
  kind: z.enum(portUses).describe('platform: the port at which the platform itself is reached'),
  state: z
    .enum(portStates)
    .describe(
      'taken: it belongs to a service, but another process listens there; foreign: it belongs to no service',
    ),
  owner: z.object({ service_id: slug, release: z.number().int().nullable() }).nullable(),
  holder: portProcess.nullable(),
})
/** A port that Vitrine holds, or has found held by other processes. */
export type PortRow = z.infer<typeof portRow>

/** Ports and their owners. */
export const portEndpoints = defineEndpoints({
  'GET /ports': {
    summary: 'All reserved ports, their owners, and the actual listeners',
    access: 'ports.read',
    about: 'listed',
    status: 200,
    response: z.object({ items: z.array(portRow), total: z.number().int() }),
  },
  'GET /ports/nearest': {
    summary:
      'Whether a service can get a front port, and the nearest one that it can get. Nothing is reserved',
    access: 'ports.read',
    query: z.object({
      port: z.coerce
        .number()
        .int()
        .min(bounds.port.min)
        .max(bounds.port.max)
        .default(bounds.port.min)
        .describe('the first of the range if absent'),
      service_id: slug.optional().describe('the service that may already have the port'),
    }),
    status: 200,
    response: z.object({
      free: z.boolean(),
      nearest_free: z.number().int().nullable(),
      service_id: z.string().nullable().describe('the other service that has the port'),
      range: z.object({ first: z.number().int(), last: z.number().int() }).describe('all front ports'),
    }),
  },
})
