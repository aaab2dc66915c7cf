import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** So many requests of one connection may wait for the answers before theirs. */
const mostWaiting = 100

/** The requests that wait on each connection that has one in progress. */
const waiting = new WeakMap<Socket, (() => void)[]>()

/** Whether an answer is in progress on a connection. */
export const isBusy = (socket: Socket): boolean => waiting.has(socket)

/**
 * Serves the requests of a connection one after the other, as nginx does. A client may send many without waiting for answers
 * (pipelining). Served at once, each would have a connection of its own to an instance: thousands for one of the client.
 */
export function oneAtATime({ socket }: IncomingMessage, res: ServerResponse, serve: () => void): void {
  const before = waiting.get(socket)
  if (before === undefined) {
    waiting.set(socket, [])
    begin(socket, res, serve)
  } else if (before.length < mostWaiting) {
    before.push(() => begin(socket, res, serve))
  } else {
    socket.destroy()
  }
}

function begin(socket: Socket, res: ServerResponse, serve: () => void): void {
  res.once('close', () => {
    const next = socket.destroyed ? undefined : waiting.get(socket)?.shift()
    if (next === undefined) waiting.delete(socket)
    else next()
  })
  serve()
}
