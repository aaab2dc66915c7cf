import type { GitAnswer } from './git-http-backend.ts'
import { flush, packet, payloadOf, splitPackets } from './pkt-line.ts'

/** The bands of an answer that is multiplexed. Format: gitprotocol-pack(5). */
const [firstBand, errorBand] = [1, 3]

/** Whether bytes cannot be the beginning of packets. */
const isNoPacket = (bytes: Buffer): boolean =>
  bytes.length >= flush.length && Number.isNaN(Number.parseInt(bytes.toString('latin1', 0, flush.length), 16))

/**
 * An answer of git in pieces that end with a packet, so that an error can follow each of them. What is no packet (the bare pack of a very old
 * client) is passed on as it is.
 */
export async function* wholePackets(answer: GitAnswer): GitAnswer {
  let rest: Buffer = Buffer.alloc(0)
  let arePackets = true
  for await (const part of answer) {
    if (!Buffer.isBuffer(part) || !arePackets) {
      yield part
      continue
    }
    const bytes = rest.length === 0 ? part : Buffer.concat([rest, part])
    rest = splitPackets(bytes).rest
    arePackets = !isNoPacket(rest)
    const whole = arePackets ? bytes.subarray(0, bytes.length - rest.length) : bytes
    if (whole.length > 0) yield whole
  }
  if (arePackets && rest.length > 0) yield rest
}

/**
 * The packet with which git prints an error and fails, after the last piece of an answer that {@link wholePackets} gave: on the band of errors
 * where the answer is in bands, as that to a push is. Null if nothing can follow.
 */
export function errorPacket(last: Buffer | null, text: string, isPush: boolean): Buffer | null {
  const { packets, rest } = splitPackets(last ?? Buffer.alloc(0))
  if (rest.length > 0) return null
  const band = packets.findLast((each) => !each.equals(flush))
  const first = band === undefined ? undefined : payloadOf(band)[0]
  const isInBands = first === undefined ? isPush : first >= firstBand && first <= errorBand
  const words = Buffer.from(`${text}\n`)
  return packet(
    isInBands
      ? Buffer.concat([Buffer.from([errorBand]), words])
      : Buffer.concat([Buffer.from('ERR '), words]),
  )
}
