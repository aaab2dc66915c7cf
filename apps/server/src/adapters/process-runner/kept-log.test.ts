import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { logFrames } from './docker/log-frames.ts'
import { openKeptLog, type LogPiece } from './kept-log.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vr-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const openLog = () =>
  openKeptLog({ stdout: join(folder, 'out'), stderr: join(folder, 'err'), cursor: join(folder, 'at') })
const textOf = (name: string) => readFile(join(folder, name), 'utf8')
const time = (nano: number) => `2026-01-02T03:04:05.${String(nano).padStart(9, '0')}Z`
const piece = (nano: number, text: string, stream: LogPiece['stream'] = 'stdout'): LogPiece => ({
  stream,
  at: time(nano),
  bytes: Buffer.from(text),
})
const all = [
  piece(1, 'one\n'),
  piece(2, 'a '),
  piece(2, 'long '),
  piece(2, 'line\n'),
  piece(3, 'bad\n', 'stderr'),
]

test('output that is read again is written once, even if it is cut within pieces of the same time', async () => {
  for (let kept = 0; kept <= all.length; kept++) {
    await rm(folder, { recursive: true, force: true })
    const first = openLog()
    first.resume('c1').add(all.slice(0, kept))
    first.close()
    const second = openLog()
    const { since, add } = second.resume('c1')
    expect(since).toBe(kept === 0 ? 0 : Math.floor(Date.parse(time(1)) / 1000) - 1)
    for (const one of all) add([one])
    second.close()
    expect([await textOf('out'), await textOf('err')]).toEqual(['one\na long line\n', 'bad\n'])
  }
})

test('pieces of two streams that come in the wrong order of time are neither lost nor doubled', async () => {
  const swapped = [piece(2, 'one\n'), piece(1, 'bad\n', 'stderr'), piece(3, 'two\n')]
  for (let kept = 0; kept <= swapped.length; kept++) {
    await rm(folder, { recursive: true, force: true })
    const first = openLog()
    first.resume('c1').add(swapped.slice(0, kept))
    first.close()
    const second = openLog()
    second.resume('c1').add(swapped)
    second.close()
    expect([await textOf('out'), await textOf('err')]).toEqual(['one\ntwo\n', 'bad\n'])
  }
})

test('a position that another version wrote counts as none', async () => {
  await writeFile(join(folder, 'at'), JSON.stringify({ container: 'c1', at: time(1), count: 1 }))
  const log = openLog()
  log.resume('c1').add(all)
  log.close()
  expect(await textOf('out')).toBe('one\na long line\n')
})

test('output that a control plane wrote before it was killed, without recording its position, is not written twice', async () => {
  const first = openLog()
  first.resume('c1').add(all.slice(0, 1))
  first.close()
  await appendFile(join(folder, 'out'), 'a long ')
  const second = openLog()
  second.resume('c1').add(all)
  second.close()
  expect(await textOf('out')).toBe('one\na long line\n')
})

test('the log of another container follows that of the one before', async () => {
  const log = openLog()
  log.resume('c1').add(all)
  const next = log.resume('c2')
  expect(next.since).toBe(0)
  next.add([piece(1, 'next\n')])
  log.close()
  expect(await textOf('out')).toBe('one\na long line\nnext\n')
})

test('frames are read wherever the stream is cut', () => {
  const frame = (code: number, text: string) => {
    const head = Buffer.alloc(8)
    head.writeUInt8(code, 0)
    head.writeUInt32BE(Buffer.byteLength(text), 4)
    return Buffer.concat([head, Buffer.from(text)])
  }
  const bytes = Buffer.concat([frame(1, `${time(1)} 一 two\n`), frame(2, `${time(2)} \n`)])
  for (let cut = 0; cut <= bytes.length; cut++) {
    const read = logFrames()
    const pieces = [...read(bytes.subarray(0, cut)), ...read(bytes.subarray(cut))]
    expect(pieces.map(({ stream, at, bytes: text }) => [stream, at, String(text)])).toEqual([
      ['stdout', time(1), '一 two\n'],
      ['stderr', time(2), '\n'],
    ])
  }
})

test('partly written pieces are removed and written again', async () => {
  const full = openKeptLog({ stdout: join(folder, 'out'), stderr: '/dev/full', cursor: join(folder, 'at') })
  const { add } = full.resume('c1')
  add([piece(1, 'one\n')])
  expect(() => add([piece(2, 'two\n'), piece(2, 'bad\n', 'stderr')])).toThrow(/ENOSPC/)
  expect(await textOf('out')).toBe('one\n')
  full.close()
  const next = openLog()
  next.resume('c1').add([piece(1, 'one\n'), piece(2, 'two\n'), piece(2, 'bad\n', 'stderr')])
  next.close()
  expect([await textOf('out'), await textOf('err')]).toEqual(['one\ntwo\n', 'bad\n'])
})
