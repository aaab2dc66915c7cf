import type { GateRoute } from '@vitrine/contract'
import { createCache } from './cache.ts'
import { routeOf } from './lookups.ts'

/** The sockets that are an instance's own, if that is known. */
export type Sockets = { listeners?: readonly string[] | undefined }

const noted = createCache<Sockets>()
const nameOf = (serviceId: string, address: string): string => `${serviceId} ${address}`

/**
 * Records the sockets of a route's instance, and returns them. Must run for each new state of a route whose requests are connected to
 * its address.
 */
export function noteSockets({ service_id: id, upstream, upstreams }: GateRoute): Sockets {
  const instance = upstreams[0]
  return noted.set(nameOf(id, upstream), {
    listeners: instance?.address === upstream ? instance.listeners : undefined,
  })
}

/** A function of its own: LuaJIT compiles no function in which a closure is made, whether or not it comes to that. */
const instanceAt = (upstreams: GateRoute['upstreams'], address: string): Sockets | undefined =>
  upstreams.find((one) => one.address === address)

/**
 * The sockets of the instance for which a request was admitted. The body may have taken long, and the route may have
 * changed in the meantime. An instance that the route no longer has still gets this request, but a program that has
 * taken its port does not. Undefined if the instance is not known.
 */
export function socketsAt(serviceId: string, address: string): Sockets | undefined {
  const upstreams = routeOf(serviceId)?.upstreams ?? []
  const first = upstreams[0]
  if (first?.address === address) return first
  return instanceAt(upstreams, address) ?? noted.get(nameOf(serviceId, address))
}
