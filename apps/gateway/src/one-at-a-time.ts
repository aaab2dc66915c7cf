import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** So many requests of one connection may wait for the answers before theirs. */
const mostWaiting = 100
/** So many of them may have a body, because what has arrived of it is kept meanwhile. */
const mostBodies = 10

type Waiting = { begin: () => void; hasBody: boolean }

/** The requests that wait on each connection that has one in progress. */
const waiting = new WeakMap<Socket, Waiting[]>()

/** Whether an answer is in progress on a connection. */
export const isBusy = (socket: Socket): boolean => waiting.has(socket)

/**
 * Serves the requests of a connection one after the other, as nginx does. A client may send many without waiting for answers
 * (pipelining). Served at once, each would have a connection of its own to an instance: thousands for one of the client.
 */
export function oneAtATime(req: IncomingMessage, res: ServerResponse, serve: () => void): void {
  const { socket } = req
  // The answer before announced the end of the connection. Nothing more is done for it (RFC 9112, section 9.6).
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
    // A connection that is ending is destroyed only when all is sent. A request begun on it could never be answered.
    const next = socket.writable ? waiting.get(socket)?.shift() : undefined
    if (next === undefined) waiting.delete(socket)
    else next.begin()
  })
  serve()
}
