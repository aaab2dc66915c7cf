import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/**
 * A body up to this size is read completely first. It then needs one write instead of a stream, and can be
 * sent again.
 */
export const gatheredBytes = 16_384

/**
 * Reads a small body completely and calls `onWhole`, or `onSilent` if the client stalls. Neither is called if
 * the client disconnects first.
 */
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
    // If the rest arrives after all, it is read to release the client, and discarded.
    if (!isGivenUp) options.onWhole(chunks ? Buffer.concat(chunks) : (first ?? Buffer.alloc(0)))
  })
  // Most bodies arrive with their head and are complete before this runs, so they cost no timer.
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
 * Writes a body to an upstream as it arrives. If the upstream cannot take more, the client waits. If the body
 * exceeds `limit` bytes, `onOver` is called once and the rest is not passed on. The returned function
 * detaches both sides.
 */
export function pumpBody(
  req: IncomingMessage,
  socket: Socket,
  options: {
    isChunked: boolean
    limit: number
    onChunk: (chunk: Buffer) => void
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
    options.onChunk(chunk)
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
