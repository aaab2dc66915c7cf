import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { flush, packet } from './pkt-line.ts'
import { readPushCommands } from './push-commands.ts'

const [one, two, none] = ['1'.repeat(40), '2'.repeat(40), '0'.repeat(40)]
const line = (text: string) => packet(Buffer.from(text))
const body = Buffer.concat([
  line(`shallow ${two}`),
  line(`${none} ${one} refs/heads/main\0 report-status side-band-64k agent=git/2`),
  line(`${one} ${two} refs/heads/größer\n`),
  line(`${one} ${none} refs/heads/gone`),
  flush,
  Buffer.from(`PACK0031${none} ${two} refs/heads/main`),
])
/** What is read from a body that arrives in pieces of this many bytes. */
function read(sent: Buffer, bytes: number, isCompressed = false) {
  const commands = readPushCommands(isCompressed)
  for (let at = 0; at < sent.length; at += bytes) commands.onBody(sent.subarray(at, at + bytes))
  return ['main', 'größer', 'gone', 'other'].map((name) => commands.commitFor(`refs/heads/${name}`))
}

test('the commits to which a push moves refs are read from its beginning, whatever the size of the pieces', () => {
  for (const bytes of [1, 7, 10_000]) expect(read(body, bytes)).toEqual([one, two, null, null])
  expect(read(gzipSync(body), 10, true)).toEqual([one, two, null, null])
})

test('the changes of a push are known only if all of its commands are understood', () => {
  const refsOf = (sent: Buffer) => {
    const commands = readPushCommands(false)
    commands.onBody(sent)
    return [commands.isOver(), commands.refs()]
  }
  const all = ['main', 'größer', 'gone'].map((name) => `refs/heads/${name}`)
  expect(refsOf(body)).toEqual([true, all])
  expect(refsOf(body.subarray(0, 100))).toEqual([false, null])
  // Signed commands contain other commands.
  const signed = Buffer.concat([
    line('push-cert\0 report-status'),
    line(`${none} ${one} refs/heads/a`),
    flush,
  ])
  expect(refsOf(signed)).toEqual([true, null])
  expect(refsOf(Buffer.from('zzzz'))).toEqual([true, null])
})

test('a beginning that is invalid, incomplete or endless moves no ref', () => {
  const nothing = [null, null, null, null]
  expect(read(body.subarray(0, 200), 10)).toEqual(nothing)
  expect(read(Buffer.from('0003'), 10)).toEqual(nothing)
  expect(read(Buffer.from('zzzz'.repeat(100)), 10)).toEqual(nothing)
  expect(read(Buffer.from('no gzip'), 10, true)).toEqual(nothing)
  const endless = Buffer.alloc(2 * 1024 ** 2, line('x'.repeat(1_020)))
  expect(read(Buffer.concat([endless, body]), 64 * 1024)).toEqual(nothing)
})
