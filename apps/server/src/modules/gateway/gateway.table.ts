import { servicePath, type GatewayRoute, type GatewayTable } from '@vitrine/contract'
import type { LiveInstance } from '../instances/instance-monitor.ts'
import { isGivenUp, takesRequests } from '../instances/instance-facts.ts'
import type { StoredService } from '../services/services.repository.ts'

const megabyte = 1024 * 1024

function stateOf(service: StoredService, ofRelease: readonly LiveInstance[]): GatewayRoute['state'] {
  // Also one whose first deploy failed, which is stored as stopped.
  if (service.currentRelease === null) return 'undeployed'
  if (service.desired === 'stopped') return 'stopped'
  if (ofRelease.some(takesRequests)) return 'up'
  if (service.asleep) return 'asleep'
  return ofRelease.length > 0 && ofRelease.every(isGivenUp) ? 'failed' : 'starting'
}

/** The destination of requests to an instance; none if it has never listened. */
function upstreamsOf({ endpoint, id: instance_id }: LiveInstance): GatewayRoute['upstreams'] {
  if (endpoint === null) return []
  if ('socket' in endpoint) return [{ socket: endpoint.socket, instance_id }]
  const { host, port, listeners } = endpoint
  return [{ host, port, instance_id, ...(listeners && { listeners: [...listeners] }) }]
}

/** The route of one service, from its desired state and its live instances. */
function gatewayRoute(service: StoredService, instances: readonly LiveInstance[]): GatewayRoute {
  const ofRelease = instances.filter((instance) => instance.release === service.currentRelease)
  const serving = ofRelease.filter(takesRequests)
  const state = stateOf(service, ofRelease)
  // For a sleeping service, the addresses where its instances last listened, because most will listen there
  // again.
  const upstreams = (state === 'asleep' ? ofRelease : serving).flatMap(upstreamsOf)
  const { options } = service
  return {
    service_id: service.id,
    release: service.currentRelease,
    path: servicePath(service.id),
    // The front port opens with the first release that serves: a failed first deploy gives it back.
    front:
      service.frontPort === null || state === 'undeployed'
        ? null
        : { host: options.frontHost, port: service.frontPort },
    state,
    upstreams: state === 'up' || state === 'asleep' ? upstreams : [],
    auth: options.auth,
    rate_limit: options.rateLimit,
    body_bytes: options.bodyMb * megabyte,
    timeout_ms: options.timeoutS * 1000,
    ...(options.keepsBodies && { keep_bodies: true as const }),
    ...(service.groupId !== null && { group: service.groupId }),
  }
}

type InstancesOf = (serviceId: string) => readonly LiveInstance[]

/** The routes of services. Equal inputs give equal routes. */
export const gatewayRoutes = (services: readonly StoredService[], instancesOf: InstancesOf): GatewayRoute[] =>
  services.map((service) => gatewayRoute(service, instancesOf(service.id)))

/** The complete table. Equal inputs give equal tables, except for `revision`. */
export function gatewayTable(input: {
  public: GatewayTable['public']
  edge: GatewayTable['edge']
  control: GatewayTable['control']
  wake: GatewayTable['wake']
  jwt: GatewayTable['jwt']
  services: readonly StoredService[]
  instancesOf: InstancesOf
}): Omit<GatewayTable, 'revision'> {
  const routes = gatewayRoutes(input.services, input.instancesOf)
  const { edge, control, wake, jwt } = input
  return { version: 1, public: input.public, edge, control, wake, jwt, routes }
}
