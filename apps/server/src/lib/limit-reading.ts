import type { Readable } from 'node:stream'

/** So much is read as it comes, in bytes. */
export const quickBytes = 2 * 1024 ** 2
/** After it, no more than such a piece is read between two pauses, in bytes. */
export const pieceBytes = 64 * 1024
const pauseMs = 50

/**
 * Limits how fast the output of a program is read whose lines are passed on one by one: a megabyte may be a million lines, and
 * one that prints without end would take the time of everybody else. It waits for us at its pipe.
 */
export function limitReading(stream: Readable): void {
  let received = 0
  let piece = 0
  stream.on('data', (chunk: Buffer) => {
    received += chunk.length
    if (received <= quickBytes) return
    piece += chunk.length
    if (piece < pieceBytes) return
    piece = 0
    stream.pause()
    setTimeout(() => stream.resume(), pauseMs)
  })
}
