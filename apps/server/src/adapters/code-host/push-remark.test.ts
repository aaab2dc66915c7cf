import { expect, test } from 'vitest'
import type { GitAnswer, GitHead } from './git-http-backend.ts'
import { flush, packet } from './pkt-line.ts'
import { lastOf, untilEnd } from './push-remark.ts'

const head: GitHead = { status: 200, headers: {} }
const onBand = (band: number, text: string | Buffer) =>
  packet(Buffer.concat([Buffer.from([band]), Buffer.from(text)]))
const line = (text: string) => packet(Buffer.from(text)).toString()
const report = `${line('unpack ok\n')}${line('ok refs/heads/main\n')}${line('ng refs/heads/old non-fast-forward\n')}0000`

async function* answerIn(whole: Buffer, bytes: number): GitAnswer {
  yield head
  for (let at = 0; at < whole.length; at += bytes) yield whole.subarray(at, at + bytes)
}

/** What the client gets of an answer that arrives in pieces of so many bytes. */
async function received(whole: Buffer, bytes: number, remark: string | null, refusal: string | null) {
  const parts: Buffer[] = []
  const answer = untilEnd(answerIn(whole, bytes))
  for (;;) {
    const { value, done } = await answer.next()
    if (done) return Buffer.concat([...parts, lastOf(value, [remark, null], refusal)]).toString()
    if (Buffer.isBuffer(value)) parts.push(value)
  }
}

// Git may cut its report anywhere.
const inBands = Buffer.concat([
  onBand(2, 'working\n'),
  onBand(1, report.slice(0, 13)),
  onBand(1, report.slice(13)),
  flush,
])
const banded = (...packets: Buffer[]) => Buffer.concat([...packets, flush]).toString()

test.each([1, 3, 7, 1_000])(
  'a remark comes before git’s report, however the answer is cut: pieces of %i bytes',
  async (bytes) => {
    expect(await received(inBands, bytes, 'v2', null)).toBe(
      banded(onBand(2, 'working\n'), onBand(2, 'v2\n'), onBand(1, report)),
    )
    expect(await received(inBands, bytes, null, null)).toBe(banded(onBand(2, 'working\n'), onBand(1, report)))
  },
)

test('if nothing is kept, what git has stored is reported as refused, with the reason', async () => {
  const refused = report.replace(line('ok refs/heads/main\n'), line('ng refs/heads/main not kept\n'))
  expect(await received(inBands, 5, 'no', 'not kept')).toBe(
    banded(onBand(2, 'working\n'), onBand(2, 'no\n'), onBand(1, refused)),
  )
})

test('an answer without bands is passed on as it is', async () => {
  for (const whole of [report, 'no packets at all', ''])
    expect(await received(Buffer.from(whole), 3, 'v2', 'not kept')).toBe(whole)
})
