import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** The answers that are watched, or were, those that wait for their connection, and those that wait for their client. */
const watched = new WeakSet<ServerResponse>()
const waiting = new WeakSet<ServerResponse>()
const awaited = new WeakSet<ServerResponse>()

/**
 * Ends the connection of a client that takes nothing for `ms` milliseconds of an answer that waits for it. Otherwise it
 * would hold the instance for ever. Node closes a connection at its time-out. If the client has taken a byte
 * since it last looked, the time begins anew, so a client may be as slow as it likes, and one that takes nothing may have
 * twice this time.
 */
export function watchClient(res: ServerResponse, ms: number): void {
  const { socket } = res
  // It waits for the answer to an earlier request on the connection, so the client is not to blame.
  if (socket === null) {
    if (!waiting.has(res)) res.once('socket', () => watchClient(res, ms))
    waiting.add(res)
    return
  }
  if (res.writableLength === 0) return
  socket.setTimeout(ms)
  if (watched.has(res)) return
  watched.add(res)
  // First of all listeners: Node then sets the time for which the connection may be idle.
  res.prependOnceListener('finish', () => socket.setTimeout(0))
}

/**
 * Calls `then` once the client has taken what waits for it, and watches it until then. An instance may be silent for longer. Further
 * calls meanwhile change nothing: pieces of an answer that were read together still come after its reading was paused.
 */
export function awaitClient(res: ServerResponse, ms: number, then: () => void): void {
  watchClient(res, ms)
  if (awaited.has(res)) return
  awaited.add(res)
  res.once('drain', () => {
    awaited.delete(res)
    res.socket?.setTimeout(0)
    then()
  })
}

/** Ends a tunnel whose client takes nothing for `ms` milliseconds of what waits for it. */
export function watchTunnel(socket: Socket, ms: number): void {
  socket.setTimeout(ms)
  socket.on('timeout', () => {
    if (socket.writableLength > 0) socket.destroy()
    // A tunnel in which nobody says anything stays open.
    else socket.setTimeout(ms)
  })
}
