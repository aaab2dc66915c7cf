/** Ends a list of packets. */
export const flush = Buffer.from('0000')

/** The longest payload of a packet, in bytes. */
export const mostPayloadBytes = 65_516

/** A packet of git's pkt-line format: its length in four hexadecimal digits, and its bytes. Format: gitprotocol-common(5). */
export const packet = (payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from((payload.length + flush.length).toString(16).padStart(4, '0')), payload])

/** Splits bytes into whole packets, each with its length, and the beginning of one that is not whole yet. What is no packet stays in `rest`. */
export function splitPackets(bytes: Buffer): { packets: Buffer[]; rest: Buffer } {
  const packets: Buffer[] = []
  let at = 0
  while (at + flush.length <= bytes.length) {
    const length = Number.parseInt(bytes.toString('latin1', at, at + flush.length), 16)
    // 0 to 3 are packets without a payload: the end of a list, and the like.
    const end = at + (length >= flush.length ? length : flush.length)
    if (Number.isNaN(length) || end > bytes.length) break
    packets.push(bytes.subarray(at, end))
    at = end
  }
  return { packets, rest: bytes.subarray(at) }
}

/** The payload of a whole packet. */
export const payloadOf = (whole: Buffer): Buffer => whole.subarray(flush.length)
