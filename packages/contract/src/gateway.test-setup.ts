import type { GatewayRoute } from './gateway.ts'

/** A route of a service that is stopped. `part` is what it has besides or instead. */
export const routeTo = (id: string, part: Partial<GatewayRoute> = {}): GatewayRoute => ({
  service_id: id,
  release: 1,
  path: `/ai/${id}/`,
  front: null,
  state: 'stopped',
  upstreams: [],
  auth: 'required',
  rate_limit: null,
  body_bytes: 1,
  timeout_ms: 1,
  ...part,
})
