import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** How many requests of one connection may wait for earlier answers. */
const mostWaiting = 100
/** How many of them may have a body. The received part of a body is kept in memory while its request waits. */
const mostBodies = 10

type Waiting = { begin: () => void; hasBody: boolean }

/** The requests that wait on each connection that has one in progress. */
const waiting = new WeakMap<Socket, Waiting[]>()

/** Whether an answer is in progress on a connection. */
export const isBusy = (socket: Socket): boolean => waiting.has(socket)

/**
 * Serves the requests of a connection one after the other, as nginx does. A client may send many without waiting for
 * answers (pipelining). If they were served at the same time, each would need its own connection to an instance, which
 * could be thousands for one connection of the client.
 */
export function oneAtATime(req: IncomingMessage, res: ServerResponse, serve: () => void): void {
  const { socket } = req
  // The previous answer announced the end of the connection, so later requests on it are ignored (RFC 9112, section
  // 9.6).
  if (!socket.writable) return
  const before = waiting.get(socket)
  if (before === undefined) {
    waiting.set(socket, [])
    begin(socket, res, serve)
    return
  }
  before.push({ begin: () => begin(socket, res, serve), hasBody: hasBody(req) })
  if (before.length > mostWaiting || before.filter((one) => one.hasBody).length > mostBodies) socket.destroy()
}

const hasBody = ({ headers }: IncomingMessage) =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined

function begin(socket: Socket, res: ServerResponse, serve: () => void): void {
  res.once('close', () => {
    // An ending connection is destroyed only when everything is sent. A request that began on it could never be
    // answered.
    const next = socket.writable ? waiting.get(socket)?.shift() : undefined
    if (next === undefined) waiting.delete(socket)
    else next.begin()
  })
  serve()
}
