import type { LogPiece } from '../kept-log.ts'

const headBytes = 8
const stderrCode = 2
const space = 0x20

function pieceOf(code: number, payload: Buffer): LogPiece {
  const end = payload.indexOf(space)
  const stream = code === stderrCode ? 'stderr' : 'stdout'
  return { stream, at: payload.toString('latin1', 0, end), bytes: payload.subarray(end + 1) }
}

/**
 * Reads the stream of a container's log, with times: frames with a head of eight bytes, which hold the stream and the
 * length. The bytes may arrive in pieces that are cut anywhere.
 */
export function logFrames(): (bytes: Buffer) => LogPiece[] {
  let pending: Buffer = Buffer.alloc(0)
  return (bytes) => {
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes])
    const pieces: LogPiece[] = []
    let from = 0
    while (pending.length - from >= headBytes) {
      const end = from + headBytes + pending.readUInt32BE(from + 4)
      if (pending.length < end) break
      pieces.push(pieceOf(pending.readUInt8(from), pending.subarray(from + headBytes, end)))
      from = end
    }
    pending = pending.subarray(from)
    return pieces
  }
}
