import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** A body up to this size is gathered first: one write instead of a stream, and it can be sent again. */
export const gatheredBytes = 16_384

/** Reads a small body whole and hands it over, or tells of a client that is silent for too long; neither when the client goes away first. */
export function gatherBody(
  req: IncomingMessage,
  options: { silentMs: number; onWhole: (body: Buffer) => void; onSilent: () => void },
): void {
  let first: Buffer | null = null
  let chunks: Buffer[] | null = null
  let timer: NodeJS.Timeout | undefined
  let isGivenUp = false
  req.on('data', (chunk: Buffer) => {
    timer?.refresh()
    if (first === null) first = chunk
    else (chunks ??= [first]).push(chunk)
  })
  req.once('end', () => {
    clearTimeout(timer)
    // What comes after all is read to let go of the client, and is nobody's.
    if (!isGivenUp) options.onWhole(chunks ? Buffer.concat(chunks) : (first ?? Buffer.alloc(0)))
  })
  // Most bodies come with their head, and are whole before this runs: they cost no timer.
  queueMicrotask(() => {
    if (req.complete) return
    timer = setTimeout(() => {
      isGivenUp = true
      options.onSilent()
    }, options.silentMs)
    req.once('close', () => clearTimeout(timer))
  })
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
