import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** A body up to this size is gathered first: one write instead of a stream, and it can be sent again. */
export const gatheredBytes = 16_384

/** Reads a small body whole and hands it over; never calls back when the client goes away first. */
export function gatherBody(req: IncomingMessage, then: (body: Buffer) => void): void {
  let first: Buffer | null = null
  let chunks: Buffer[] | null = null
  req.on('data', (chunk: Buffer) => {
    if (first === null) first = chunk
    else (chunks ??= [first]).push(chunk)
  })
  req.once('end', () => then(chunks ? Buffer.concat(chunks) : (first ?? Buffer.alloc(0))))
}

/**
 * Writes a body to an upstream as it comes; when the upstream takes no more, the client waits. `onOver` is called once
 * instead of passing on what is over `limit` bytes. The function answered with lets go of both sides.
 */
export function pumpBody(
  req: IncomingMessage,
  socket: Socket,
  options: {
    isChunked: boolean
    limit: number
    onBytes: (count: number) => void
    onOver: () => void
    onDone: () => void
  },
): () => void {
  let bytes = 0
  const onData = (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > options.limit) {
      stop()
      options.onOver()
      return
    }
    options.onBytes(chunk.length)
    if (!(options.isChunked ? writeChunk(socket, chunk) : socket.write(chunk))) req.pause()
  }
  const onDrain = () => req.resume()
  const onEnd = () => {
    stop()
    if (options.isChunked) socket.write('0\r\n\r\n', 'latin1')
    options.onDone()
  }
  const stop = () => {
    req.off('data', onData).off('end', onEnd)
    socket.off('drain', onDrain)
  }
  req.on('data', onData).on('end', onEnd)
  socket.on('drain', onDrain)
  return stop
}

function writeChunk(socket: Socket, chunk: Buffer): boolean {
  socket.cork()
  socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
  socket.write(chunk)
  const takesMore = socket.write('\r\n', 'latin1')
  socket.uncork()
  return takesMore
}
