import { z } from 'zod'
import { numberWithin, rowId, slug, wholeWithin } from '../common.ts'
import { gatewayRouteState } from '../gateway.ts'
import { bounds } from '../limits.ts'
import { rateLimit } from '../request-rate.ts'
import { defineEndpoints } from './endpoint.ts'

/** How the gateway treats a service's requests. */
export const gatewayRouteView = z.object({
  service_id: slug,
  path: z.string(),
  front_port: z.number().int().nullable(),
  state: gatewayRouteState,
  upstreams: z.number().int(),
  auth: z.enum(['required', 'public']),
  rate_limit: rateLimit.nullable(),
  body_mb: z.number().int(),
  timeout_s: z.number(),
})

const idParams = z.object({ id: slug })

/** The gateway and its rules. */
export const gatewayEndpoints = defineEndpoints({
  'GET /gateway/routes': {
    summary: 'The gateway’s rules for each service, and the active driver',
    access: 'gateway.manage',
    status: 200,
    response: z.object({
      driver: z.enum(['embedded', 'nginx']),
      items: z.array(gatewayRouteView),
      total: z.number().int(),
    }),
  },
  'PUT /gateway/routes/{id}': {
    summary: 'Change the gateway’s rules for a service',
    access: 'gateway.manage',
    params: idParams,
    body: z.strictObject({
      path: z.string().optional().describe('only its own: `/ai/<id>/`'),
      auth: z.enum(['required', 'public']),
      rate_limit: rateLimit.strict().nullable(),
      body_mb: wholeWithin(bounds.bodyMb),
      timeout_s: numberWithin(bounds.timeoutS),
    }),
    status: 200,
    response: gatewayRouteView,
  },
  'POST /gateway/reload': {
    summary: 'Send the table to the gateway again',
    access: 'gateway.manage',
    status: 200,
    response: z.object({ driver: z.enum(['embedded', 'nginx']), routes: z.number().int() }),
  },
  'POST /gateway/driver': {
    summary: 'Change the gateway driver without stopping a service (administrators)',
    access: 'gateway.manage',
    body: z.strictObject({ driver: z.enum(['embedded', 'nginx']) }),
    status: 202,
    response: z.object({ task_id: rowId }),
  },
})
