import { set_current_peer } from 'ngx.balancer'
import { createCache } from './cache.ts'
import type { Ngx } from './nginx.ts'
import { isListenedToBy } from './port-listener.ts'

declare const ngx: Ngx

type Peer = { host: string; port: number }
/** Instances that listen on ports get new ones again and again, so what was known of old ones is forgotten with the others. */
const peers = createCache<Peer>()

/** nginx takes a unix socket as a host (`unix:/path`) without a port. */
function newPeer(address: string): Peer {
  if (address.startsWith('unix:')) return { host: address, port: 0 }
  const port = address.split(':').at(-1) ?? ''
  return { host: address.slice(0, -port.length - 1), port: Number(port) }
}

function peerOf(address: string): Peer {
  return peers.get(address) ?? peers.set(address, newPeer(address))
}

/**
 * Tells nginx to connect the current request to an address (`host:port`, or `unix:/path`). Only valid in
 * `balancer_by_lua`.
 */
export function connectTo(address: string): void {
  const { host, port } = peerOf(address)
  if (!set_current_peer(host, port)) throw new Error(`${address} is no address`)
}

/** The code for "no peer available", which nginx answers as 502 (its `NGX_BUSY`). */
export const nobody = -3

/** The port of the current request, on which nginx listens. */
const ownPort = (): number => Number(ngx.var.server_port ?? '')

/**
 * Whether an instance itself has its port, and not a program that took it after the instance had ended. Asked right before
 * nginx connects.
 */
export const isItself = (address: string, listeners: readonly string[] | undefined): boolean =>
  listeners === undefined || isListenedToBy(peerOf(address).port, listeners, ownPort)
