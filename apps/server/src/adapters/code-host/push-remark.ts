import type { GitAnswer, GitHead } from './git-http-backend.ts'
import { flush, packet } from './pkt-line.ts'

const bands = new Set([1, 2, 3])
const progressBand = 2
/** How much of the end of git's answer is kept, in bytes. The end contains the result for each ref. */
const rememberedBytes = 64 * 1024

/** A line in git's pkt-line format, on the band that the client prints as `remote: …`. */
function progressLine(text: string): Buffer {
  return packet(Buffer.concat([Buffer.from([progressBand]), Buffer.from(`${text}\n`)]))
}

/** The end of git's answer to a push, which is not passed on yet. */
export type AnswerEnd = {
  /** The last part of git's output. */
  said: string
  held: Buffer
  /** Whether a message can be inserted before it. */
  isInBands: boolean
}

/**
 * Passes on git's answer to a push except its last packet, so that a message can be inserted before that. This works if
 * the answer is multiplexed into bands, whose last packet is the flush `0000`. Every git since 2006 requests that.
 * Format: gitprotocol-pack(5), gitprotocol-common(5).
 */
export async function* untilEnd(answer: GitAnswer): AsyncGenerator<GitHead | Buffer, AnswerEnd, void> {
  let [start, held, said] = [Buffer.alloc(0), Buffer.alloc(0), Buffer.alloc(0)]
  for await (const part of answer) {
    if (!Buffer.isBuffer(part)) {
      yield part
      continue
    }
    if (start.length < 5) start = Buffer.concat([start, part.subarray(0, 5)])
    said = Buffer.concat([said, part]).subarray(-rememberedBytes)
    const all = Buffer.concat([held, part])
    held = all.subarray(-flush.length)
    if (all.length > held.length) yield all.subarray(0, all.length - held.length)
  }
  return { said: said.toString('utf8'), held, isInBands: bands.has(start[4] ?? 0) && held.equals(flush) }
}

/** The last packet of an answer, preceded by the remarks for the person who pushes. */
export function lastOf({ held, isInBands }: AnswerEnd, remarks: readonly (string | null)[]): Buffer {
  const text = remarks.filter((remark) => remark !== null).join('\n')
  return text !== '' && isInBands ? Buffer.concat([progressLine(text), held]) : held
}
