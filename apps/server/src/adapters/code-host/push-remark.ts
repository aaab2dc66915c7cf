import { flush, packet } from './pkt-line.ts'

const bands = new Set([1, 2, 3])
const progressBand = 2
/** How much of the end of git's answer is given to who remarks on it, in bytes. It says there what became of each ref. */
const rememberedBytes = 64 * 1024

/** A line in git's pkt-line format, on the band that the client prints as `remote: …`. */
function progressLine(text: string): Buffer {
  return packet(Buffer.concat([Buffer.from([progressBand]), Buffer.from(`${text}\n`)]))
}

/**
 * Passes on the answer to a push and adds a remark for the person who pushes before its end. This works if
 * the answer is multiplexed into bands, whose last packet is the flush `0000`. Every git since 2006 asks for
 * that; otherwise the remark is left out. `remark` is called with the end of what git has said when git has
 * finished, even if nobody reads the answer. Format: gitprotocol-pack(5), gitprotocol-common(5).
 */
export async function* withRemark(
  body: AsyncIterable<Buffer>,
  remark: (said: string) => Promise<string | null>,
): AsyncGenerator<Buffer> {
  let start = Buffer.alloc(0)
  let held = Buffer.alloc(0)
  let said = Buffer.alloc(0)
  for await (const chunk of body) {
    if (start.length < 5) start = Buffer.concat([start, chunk.subarray(0, 5)])
    said = Buffer.concat([said, chunk]).subarray(-rememberedBytes)
    const all = Buffer.concat([held, chunk])
    held = all.subarray(-flush.length)
    if (all.length > held.length) yield all.subarray(0, all.length - held.length)
  }
  const text = await remark(said.toString('utf8'))
  if (text !== null && bands.has(start[4] ?? 0) && held.equals(flush)) yield progressLine(text)
  yield held
}
