import type { Socket } from 'node:net'
import { plainAddress, type Client } from './edge.ts'
import { PerClient } from './per-client.ts'
import { refusalText } from './refusal-text.ts'
import { refusals } from './refusals.ts'
import type { Routing } from './routing.ts'

/** The counters of what each client has open, and the table in force. */
type Shares = { readonly routing: Routing; readonly clients: PerClient }

/**
 * Closes a new connection whose client has too many, whether requests come on them or not: each takes one of the files that the
 * process may have open. Through a trusted proxy come the requests of many clients, so it has no share: see {@link hasShare}.
 */
export function holdConnection({ routing: { edge }, clients }: Shares, socket: Socket): void {
  const { remoteAddress: peer } = socket
  if (peer === undefined || edge.isProxy(peer)) return
  const leave = clients.enter(plainAddress(peer), edge.connectionsPerClient)
  if (leave !== null) return void socket.once('close', leave)
  socket.on('error', () => socket.destroy())
  socket.end(refusalText(refusals.tooManyConnections), () => socket.destroy())
}

/**
 * Whether a client may have one more request that came through a trusted proxy. If so, the request counts, and `close` gets the
 * function that ends this. Other requests count by their connection.
 */
export function hasShare(
  { routing: { edge }, clients }: Shares,
  { peer, client, close }: { peer: string; client: Client; close: (leave: () => void) => void },
): boolean {
  if (client.address === plainAddress(peer)) return true
  const leave = clients.enter(client.address, edge.connectionsPerClient)
  if (leave !== null) close(leave)
  return leave !== null
}
