import type { GitAnswer, GitHead } from './git-http-backend.ts'
import { flush, mostPayloadBytes, packet, payloadOf, splitPackets } from './pkt-line.ts'

const [reportBand, progressBand, errorBand] = [1, 2, 3]
const bands = new Set([reportBand, progressBand, errorBand])
/** How much of the end of git's answer is kept, in bytes. The end contains the result for each ref. */
const rememberedBytes = 64 * 1024

/** A packet on one of the bands into which an answer is multiplexed. */
const onBand = (band: number, payload: Buffer): Buffer =>
  packet(Buffer.concat([Buffer.from([band]), payload]))

/** A line on the band that the client prints as `remote: …`. */
const progressLine = (text: string): Buffer => onBand(progressBand, Buffer.from(`${text}\n`))

/** The end of git's answer to a push, which is not passed on yet. */
export type AnswerEnd = {
  /** The last part of git's output. */
  said: string
  /** Git's report of what became of each ref, as packets of its own; empty if the answer is not in bands. */
  report: Buffer
  /** What follows the report: the end of the answer. */
  held: Buffer
}

/**
 * Passes on git's answer to a push except its report and its last packet, so that a message can be inserted before them. This works if
 * the answer is multiplexed into bands. Every git since 2006 requests that; another answer is passed on as it is.
 * Format: gitprotocol-pack(5), gitprotocol-common(5).
 */
export async function* untilEnd(answer: GitAnswer): AsyncGenerator<GitHead | Buffer, AnswerEnd, void> {
  const empty: Buffer = Buffer.alloc(0)
  let [rest, said, report, held] = [empty, empty, empty, empty]
  let isInBands: boolean | null = null
  for await (const part of answer) {
    if (!Buffer.isBuffer(part)) {
      yield part
      continue
    }
    said = Buffer.concat([said, part]).subarray(-rememberedBytes)
    if (isInBands === false) {
      yield part
      continue
    }
    const split = splitPackets(Buffer.concat([rest, part]))
    rest = split.rest
    for (const each of split.packets) {
      const band = payloadOf(each)[0] ?? 0
      isInBands ??= bands.has(band)
      if (isInBands && band === reportBand) report = Buffer.concat([report, payloadOf(each).subarray(1)])
      else if (isInBands && each.equals(flush)) held = each
      else yield each
    }
    if (isInBands === false) {
      yield rest
      rest = empty
    }
  }
  return { said: said.toString('utf8'), report, held: Buffer.concat([held, rest]) }
}

/** The report with every ref refused that git has stored. The reason is one line. */
function refused(report: Buffer, reason: string): Buffer {
  const lines = splitPackets(report).packets.map((each) => {
    const stored = /^ok (\S+)/.exec(payloadOf(each).toString('utf8'))
    return stored ? packet(Buffer.from(`ng ${stored[1]} ${reason}\n`)) : each
  })
  return Buffer.concat(lines)
}

/**
 * The rest of an answer, preceded by the remarks for the person who pushes. With `refusal`, nothing that git has stored is kept: each ref
 * is reported as refused for this reason, so that git fails.
 */
export function lastOf(
  { report, held }: AnswerEnd,
  remarks: readonly (string | null)[],
  refusal: string | null = null,
): Buffer {
  if (report.length === 0) return held
  const text = remarks.filter((remark) => remark !== null).join('\n')
  const told = refusal === null ? report : refused(report, refusal)
  const pieces = Array.from({ length: Math.ceil(told.length / (mostPayloadBytes - 1)) }, (_, at) =>
    onBand(reportBand, told.subarray(at * (mostPayloadBytes - 1), (at + 1) * (mostPayloadBytes - 1))),
  )
  return Buffer.concat([...(text === '' ? [] : [progressLine(text)]), ...pieces, held])
}
