import { appendFile, mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { collectGarbage } from '../../lib/collect-garbage.test-setup.ts'
import { downloadLogs } from './log-download.ts'
import type { LineFilter } from './log-filter.ts'
import type { LogSource } from './log-search.ts'

let folder: string
let out: LogSource
let err: LogSource
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vl-'))
  out = { replica: 1, stream: 'stdout', path: join(folder, 'out.log') }
  err = { replica: 1, stream: 'stderr', path: join(folder, 'err.log') }
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function download(filter: Partial<LineFilter> = {}): Promise<string> {
  let all = ''
  for await (const piece of downloadLogs([out, err], { q: '', ...filter })) all += piece
  return all
}
/** The memory in which this process keeps something, in bytes. */
function heldBytes(): number {
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
/** Returns the files below a folder that this process has open. */
async function openFiles(below: string): Promise<string[]> {
  const numbers = await readdir('/proc/self/fd')
  const paths = await Promise.all(numbers.map((one) => readlink(`/proc/self/fd/${one}`).catch(() => '')))
  return paths.filter((path) => path.startsWith(below))
}

test('a missing log is an empty file', async () => {
  expect(await download()).toBe('')
})

test('rotated files come first, and a line split by the rotation is joined', async () => {
  await writeFile(`${out.path}.2`, 'one\n算')
  await writeFile(`${out.path}.1`, '法\nthr')
  await writeFile(out.path, 'ee\nlast without end')
  expect(await download()).toBe('one\n算法\nthree\nlast without end\n')
})

test('lines are unchanged and ordered by time, and a filter leaves only those that match', async () => {
  await writeFile(
    out.path,
    '{"time":"2026-01-01T00:00:01Z","level":"info","msg":"a"}\n{"level":"error","msg":"c"}\n',
  )
  await writeFile(err.path, '2026-01-01T00:00:00Z WARNING b\n  more\n')
  expect(await download()).toBe(
    '2026-01-01T00:00:00Z WARNING b\n  more\n{"time":"2026-01-01T00:00:01Z","level":"info","msg":"a"}\n{"level":"error","msg":"c"}\n',
  )
  expect(await download({ level: 'warn', q: 'c' })).toBe('{"level":"error","msg":"c"}\n')
})

test('lines written during the download are not part of it, so it ends', async () => {
  await writeFile(out.path, 'x'.repeat(99).concat('\n').repeat(2000))
  let length = 0
  for await (const piece of downloadLogs([out], { q: '' })) {
    length += piece.length
    await appendFile(out.path, 'more\n'.repeat(50_000))
  }
  expect(length).toBe(200_000)
})

test('memory stays constant over 100 MB, and a reader that stops early leaves no file open', async () => {
  const part = `${'算法 '.repeat(30)}\n`.repeat(20_000)
  for (let written = 0; written < 50; written++) await appendFile(out.path, part)
  const before = heldBytes()
  let most = 0
  let pieces = 0
  for await (const _piece of downloadLogs([out], { q: '' })) {
    if (pieces % 100 === 0) most = Math.max(most, heldBytes())
    if (++pieces === 1) expect(await openFiles(folder)).toEqual([out.path])
    if (pieces > 800) break
  }
  expect(pieces).toBe(801)
  expect(most - before).toBeLessThan(16 * 1024 * 1024)
  expect(await openFiles(folder)).toEqual([])
})
