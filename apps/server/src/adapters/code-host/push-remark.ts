const flush = Buffer.from('0000')
const bands = new Set([1, 2, 3])
const progressBand = 2

/** A line of git's pkt-line format on the band whose text the client prints as `remote: …`. */
function progressLine(text: string): Buffer {
  const payload = Buffer.concat([Buffer.from([progressBand]), Buffer.from(`${text}\n`)])
  return Buffer.concat([Buffer.from((payload.length + 4).toString(16).padStart(4, '0')), payload])
}

/**
 * Passes the answer to a push on, and puts a remark for the person who pushes before its end. Works where the answer is in
 * bands (every git since 2006 asks for that), whose last packet is the flush `0000`; else the remark is left out.
 * `remark` is asked when git has done its work, also if nobody will read it. Format: gitprotocol-pack(5), gitprotocol-common(5).
 */
export async function* withRemark(
  body: AsyncIterable<Buffer>,
  remark: () => Promise<string | null>,
): AsyncGenerator<Buffer> {
  let start = Buffer.alloc(0)
  let held = Buffer.alloc(0)
  for await (const chunk of body) {
    if (start.length < 5) start = Buffer.concat([start, chunk.subarray(0, 5)])
    const all = Buffer.concat([held, chunk])
    held = all.subarray(-flush.length)
    if (all.length > held.length) yield all.subarray(0, all.length - held.length)
  }
  const text = await remark()
  if (text !== null && bands.has(start[4] ?? 0) && held.equals(flush)) yield progressLine(text)
  yield held
}
