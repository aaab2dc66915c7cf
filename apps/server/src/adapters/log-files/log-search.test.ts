import { appendFile, mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LogLine } from '@vitrine/contract'
import { longestLine } from '../../lib/line-splitter.ts'
import type { LineFilter } from './log-filter.ts'
import { fairShares, mostSearchedBytes, searchLogs, type LogSource } from './log-search.ts'

let folder: string
let out: LogSource
let err: LogSource
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vl-'))
  out = { replica: 1, stream: 'stdout', path: join(folder, 'out.log') }
  err = { replica: 1, stream: 'stderr', path: join(folder, 'err.log') }
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const search = (limit: number, filter: Partial<LineFilter> = {}, sources = [out, err]) =>
  searchLogs(sources, { q: '', ...filter }, limit)
const texts = ({ lines }: { lines: readonly LogLine[] }) => lines.map((line) => line.text)
/** The number of bytes that this process has read so far, from disk or cache (`man 5 proc_pid_io`). */
const bytesRead = async () => Number(/rchar: (\d+)/.exec(await readFile('/proc/self/io', 'utf8'))?.[1])
const numbered = (count: number, from = 1) =>
  Array.from({ length: count }, (_, index) => `第 ${from + index} 行 🙂`)
const write = (source: LogSource, lines: readonly string[], suffix = '') =>
  writeFile(source.path + suffix, lines.map((line) => `${line}\n`).join(''))

describe('the end of a log', () => {
  test('a missing file and an empty file have no lines', async () => {
    expect(await search(10)).toEqual({ lines: [], complete: true })
    await writeFile(out.path, '')
    expect(await search(10)).toEqual({ lines: [], complete: true })
  })

  test.each([0, 1, 2, 99, 100, 101])('the last hundred of %i lines are found, complete', async (count) => {
    const lines = numbered(count)
    await write(out, lines)
    expect(texts(await search(100))).toEqual(lines.slice(-100))
  })

  test('ten thousand lines can be requested', async () => {
    await write(out, numbered(12_000))
    expect(texts(await search(10_000))).toEqual(numbered(10_000, 2001))
  })

  test('lines that are split between blocks are joined, even if a character is split', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `${index}`.repeat(7) + '算法'.repeat(1500 + index))
    await writeFile(out.path, `${lines.join('\n')}\nlast without end`)
    expect(texts(await search(41))).toEqual([...lines, 'last without end'])
    expect(texts(await search(3))).toEqual([...lines.slice(-2), 'last without end'])
  })

  test('a log is complete wherever its rotation split it, even within a character', async () => {
    const bytes = Buffer.from(numbered(30).join('\n'))
    for (const cut of [100, 101, 102, 103, 104, 105]) {
      await writeFile(`${out.path}.2`, bytes.subarray(0, 50))
      await writeFile(`${out.path}.1`, bytes.subarray(50, cut))
      await writeFile(out.path, bytes.subarray(cut))
      expect(texts(await search(100))).toEqual(numbered(30))
    }
  })

  test('a log keeps its end while its newest file is being renamed', async () => {
    await write(out, numbered(3, 4), '.1')
    await write(out, numbered(3), '.3')
    expect(texts(await search(100))).toEqual(numbered(6))
  })

  test('empty lines and the steps of a progress bar count as lines', async () => {
    await writeFile(out.path, '\na\n\n\nb\r\n\n10%\r20%\r30%\n')
    expect(texts(await search(7))).toEqual(['', '', 'b', '', '10%', '20%', '30%'])
    expect(texts(await search(10)).slice(0, 2)).toEqual(['', 'a'])
  })

  test('lines longer than a megabyte are cut, and memory stays limited', async () => {
    await writeFile(out.path, `${'x'.repeat(longestLine * 3)}end\nafter\n`)
    const [cut, after] = texts(await search(2))
    expect(cut).toMatch(/^x{65536} … \[line cut at 65536 characters\]$/)
    expect(after).toBe('after')
  })

  test('the last hundred lines of a file of 2 GB are found in milliseconds, without reading the rest', async () => {
    const file = await open(out.path, 'w')
    await file.truncate(2 * 1024 ** 3)
    await file.close()
    await appendFile(out.path, `\n${numbered(100).join('\n')}\n`)
    const before = await bytesRead()
    let [rounds, least] = [0, Infinity]
    // The goal is 20 ms. The machine may be busy during most of the rounds.
    for (; rounds < 50 && least >= 100; rounds++) {
      const begun = performance.now()
      expect(texts(await search(100, {}, [out]))).toEqual(numbered(100))
      least = Math.min(least, performance.now() - begun)
    }
    expect((await bytesRead()) - before).toBeLessThan(rounds * 256 * 1024)
    expect(least).toBeLessThan(100)
  })

  test('a search ends at its limit of bytes and says that it is incomplete', async () => {
    await writeFile(out.path, 'wanted\n')
    await truncate(out.path, mostSearchedBytes + 1024 * 1024)
    expect(await search(5, { q: 'wanted' })).toEqual({ lines: [], complete: false })
  })
})

describe('several logs', () => {
  test('are sorted by time, and a traceback stays with its line', async () => {
    await write(out, ['2026-01-01T00:00:01Z one', '2026-01-01T00:00:03Z three'])
    await write(err, ['2026-01-01T00:00:02Z two', '  File "x.py"', '2026-01-01T00:00:04Z four'])
    const { lines } = await search(10)
    expect(lines.map((line) => `${line.stream} ${line.text.split('Z ').at(-1)}`)).toEqual([
      'stdout one',
      'stderr two',
      'stderr   File "x.py"',
      'stdout three',
      'stderr four',
    ])
    expect(lines[2]?.ts).toBeNull()
    expect(texts(await search(2))).toEqual(['2026-01-01T00:00:03Z three', '2026-01-01T00:00:04Z four'])
  })

  test('of several replicas are merged, and each line names its replica', async () => {
    const second: LogSource = { replica: 2, stream: 'stdout', path: join(folder, 'out.2.log') }
    await write(out, ['2026-01-01T00:00:01Z a', '2026-01-01T00:00:03Z c'])
    await write(second, ['2026-01-01T00:00:02Z b', '2026-01-01T00:00:04Z d'])
    const { lines } = await search(3, {}, [out, second])
    expect(lines.map((line) => `${line.replica} ${line.text.at(-1)}`)).toEqual(['2 b', '1 c', '2 d'])
  })

  test('without times share the limit, so a single error line is included', async () => {
    await write(out, numbered(500))
    await write(err, ['ValueError: no'])
    const { lines } = await search(10)
    expect(lines).toHaveLength(10)
    expect(lines.at(-1)).toMatchObject({ ts: null, stream: 'stderr', text: 'ValueError: no' })
    expect(lines[8]?.text).toBe('第 500 行 🙂')
  })

  test('a line with a wrong time keeps its place and does not hide the lines above it', async () => {
    await write(out, ['2026-01-01T00:00:01Z a', '1970-01-01T00:00:00Z boot', '2026-01-01T00:00:03Z c'])
    expect((await search(3, { from: '2026-01-01T00:00:00Z' }, [out])).lines).toHaveLength(2)
  })

  test.each([
    [[5, 5], 4, [2, 2]],
    [[1, 500], 10, [1, 9]],
    [[0, 3, 9], 6, [0, 3, 3]],
    [[2, 2], 10, [2, 2]],
    [[], 10, []],
  ])('of %j lines, %i are shared as %j', (counts, limit, shares) => {
    expect(fairShares(counts, limit)).toEqual(shares)
  })
})

describe('a filter', () => {
  test('ignores case, searches rotated files, and returns the last matches', async () => {
    await write(out, ['POST /Predict 1', 'GET /health'], '.2')
    await write(out, ['post /predict 2', 'GET /health'], '.1')
    await write(out, ['GET /health', 'POST /predict 3'])
    expect(texts(await search(2, { q: 'PREDICT' }))).toEqual(['post /predict 2', 'POST /predict 3'])
    expect((await search(9, { q: 'nothing' })).complete).toBe(true)
  })

  test('searches a JSON line both as written and decoded', async () => {
    await write(out, [String.raw`{"msg":"\u7b97\u6cd5","request":"r-1"}`, '{"msg":"other"}'])
    expect(texts(await search(9, { q: '算法' }))).toEqual(['算法'])
    expect(texts(await search(9, { q: 'R-1' }))).toEqual(['算法'])
  })

  test('by level finds this level and worse ones; a line without a level inherits that of the line above', async () => {
    await write(out, [
      'before',
      'INFO: a',
      'ERROR: b',
      '  File "x.py"',
      '  raise',
      'WARNING: c',
      'INFO: d',
      'e',
    ])
    expect(texts(await search(9, { level: 'warn' }))).toEqual([
      'ERROR: b',
      '  File "x.py"',
      '  raise',
      'WARNING: c',
    ])
    expect(texts(await search(9, { level: 'debug' }))).not.toContain('before')
    expect(texts(await search(2, { level: 'error' }))).toEqual(['  File "x.py"', '  raise'])
  })

  test('by level and words finds a line far below the line that states its level', async () => {
    const between = Array.from({ length: 100 }, () => `  ${'x'.repeat(4000)}`)
    await write(out, ['INFO: needle', 'ERROR: a', ...between, '  needle', ...between, 'INFO: b', ...between])
    expect(texts(await search(9, { level: 'error', q: 'needle' }, [out]))).toEqual(['  needle'])
    expect(texts(await search(9, { q: 'NEEDLE' }, [out]))).toEqual(['INFO: needle', '  needle'])
  })

  test('by time includes both ends; a line without a time inherits that of the line above', async () => {
    const at = (second: number) => `2026-01-01T00:00:0${second}Z`
    await write(out, ['before', `${at(1)} a`, `${at(2)} b`, '  more', `${at(3)} c`, `${at(4)} d`])
    expect(texts(await search(9, { from: at(2), to: at(3) }))).toEqual([`${at(2)} b`, '  more', `${at(3)} c`])
  })

  test('ends at the first lines that are too old', async () => {
    const lines = Array.from(
      { length: 60_000 },
      (_, index) => `${new Date(index * 1000).toISOString()} ${'x'.repeat(80)}`,
    )
    await write(out, lines)
    const before = await bytesRead()
    expect((await search(9_000, { from: new Date(59_990_000).toISOString() })).lines).toHaveLength(10)
    expect((await bytesRead()) - before).toBeLessThan(1024 * 1024)
  })

  test('by level ends even if no line has a level', async () => {
    await write(out, numbered(50_000))
    expect(await search(10, { level: 'debug' })).toEqual({ lines: [], complete: true })
  })
})
