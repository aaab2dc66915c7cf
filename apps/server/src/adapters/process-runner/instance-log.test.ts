import { appendFile, mkdtemp, open, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LogLine } from '@vitrine/contract'
import {
  followInstanceLog,
  readInstanceLog,
  shownLineLength,
  timeOfLine,
  type LogFiles,
} from './instance-log.ts'
import { longestTailBytes } from './log-file.ts'

let folder: string
let files: LogFiles
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vl-'))
  files = { stdout: join(folder, 'out.log'), stderr: join(folder, 'err.log') }
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const texts = (lines: readonly LogLine[]) => lines.map((line) => line.text)
/** All that this process has read so far, from disk or memory (`man 5 proc_pid_io`). */
const bytesRead = async () => Number(/rchar: (\d+)/.exec(await readFile('/proc/self/io', 'utf8'))?.[1])
const numbered = (count: number, from = 1) =>
  Array.from({ length: count }, (_, index) => `第 ${from + index} 行 🙂`)

describe('the time of a line', () => {
  test.each([
    ['2026-01-31T12:00:00Z ready', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00.5+08:00 ready', '2026-01-31T04:00:00.500Z'],
    ['[2026-01-31 12:00:00.123456Z] ready', '2026-01-31T12:00:00.123Z'],
    ['2026-01-31 12:00:00,042 INFO ready', new Date(2026, 0, 31, 12, 0, 0, 42).toISOString()],
    ['2026-13-31T12:00:00Z', null],
    ['at 2026-01-31T12:00:00Z', null],
    ['2026-01-31', null],
    ['', null],
  ])('%j begins at %j', (line, time) => {
    expect(timeOfLine(line)).toBe(time)
  })
})

describe('the end of a log', () => {
  test('no file yet is no line, and neither is an empty file', async () => {
    expect(await readInstanceLog(files, 10)).toEqual([])
    await writeFile(files.stdout, '')
    expect(await readInstanceLog(files, 10)).toEqual([])
  })

  test.each([0, 1, 2, 99, 100, 101])('of %i lines the last hundred are given, whole', async (count) => {
    const lines = numbered(count)
    await writeFile(files.stdout, lines.map((line) => `${line}\n`).join(''))
    expect(texts(await readInstanceLog(files, 100))).toEqual(lines.slice(-100))
  })

  test('lines that lie across the blocks of the search are whole, wherever a block cuts a character', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `${index}`.repeat(7) + '算法'.repeat(1500 + index))
    await writeFile(files.stdout, `${lines.join('\n')}\nlast without end`)
    expect(texts(await readInstanceLog(files, 41))).toEqual([...lines, 'last without end'])
    expect(texts(await readInstanceLog(files, 3))).toEqual([...lines.slice(-2), 'last without end'])
  })

  test('empty lines are lines', async () => {
    await writeFile(files.stdout, 'a\n\n\nb\n\n')
    expect(texts(await readInstanceLog(files, 3))).toEqual(['', 'b', ''])
  })

  test('a megabyte in one line is cut with a note', async () => {
    await writeFile(files.stdout, `${'x'.repeat(1024 * 1024)}\nafter\n`)
    const [cut, after] = texts(await readInstanceLog(files, 2))
    expect(cut).toBe(`${'x'.repeat(shownLineLength)} … [line cut at ${shownLineLength} characters]`)
    expect(after).toBe('after')
  })

  test('of a file of 2 GB the last hundred lines are read without reading the rest', async () => {
    const file = await open(files.stdout, 'w')
    await file.truncate(2 * 1024 ** 3)
    await file.close()
    await appendFile(files.stdout, `\n${numbered(100).join('\n')}\n`)
    const before = await bytesRead()
    expect(texts(await readInstanceLog(files, 100))).toEqual(numbered(100))
    expect((await bytesRead()) - before).toBeLessThan(1024 * 1024)
  })

  test('one endless line costs no more than its limit', async () => {
    await writeFile(files.stdout, Buffer.alloc(longestTailBytes * 2, 'y'))
    expect(texts(await readInstanceLog(files, 5))).toHaveLength(1)
  })

  test('after a rotation the lines before it still belong to the end', async () => {
    await writeFile(`${files.stdout}.1`, `${numbered(5).join('\n')}\n`)
    await writeFile(files.stdout, `${numbered(2, 6).join('\n')}\n`)
    expect(texts(await readInstanceLog(files, 4))).toEqual(numbered(4, 4))
  })

  test('both streams are brought into the order of their times, a traceback staying with its line', async () => {
    await writeFile(files.stdout, '2026-01-01T00:00:01Z one\n2026-01-01T00:00:03Z three\n')
    await writeFile(files.stderr, '2026-01-01T00:00:02Z two\n  File "x.py"\n2026-01-01T00:00:04Z four\n')
    const lines = await readInstanceLog(files, 10)
    expect(lines.map((line) => `${line.stream} ${line.text.split('Z ').at(-1)}`)).toEqual([
      'stdout one',
      'stderr two',
      'stderr   File "x.py"',
      'stdout three',
      'stderr four',
    ])
    expect(lines[2]?.ts).toBeNull()
  })

  test('streams without times share the lines, and the error that was written once is among them', async () => {
    await writeFile(files.stdout, `${numbered(500).join('\n')}\n`)
    await writeFile(files.stderr, 'ValueError: no\n')
    const lines = await readInstanceLog(files, 10)
    expect(lines).toHaveLength(10)
    expect(lines.at(-1)).toEqual({ ts: null, stream: 'stderr', text: 'ValueError: no' })
    expect(lines[8]?.text).toBe('第 500 行 🙂')
  })
})

describe('following a log', () => {
  async function collect(
    count: number,
    limit: number,
    steps: Record<number, () => Promise<void>>,
  ): Promise<string[]> {
    const abort = new AbortController()
    const giveUp = setTimeout(() => abort.abort(), 15_000)
    const seen: string[] = []
    await steps[0]?.()
    for await (const line of followInstanceLog(files, { limit, signal: abort.signal })) {
      seen.push(line.text)
      if (seen.length === count) abort.abort()
      else await steps[seen.length]?.()
    }
    clearTimeout(giveUp)
    return seen
  }

  test('gives the last lines first and then each new one, also when the file does not exist yet', async () => {
    const seen = await collect(3, 1, {
      0: () => writeFile(files.stdout, 'old\nnewer\n'),
      1: () => writeFile(files.stderr, 'error\n'),
      2: () => appendFile(files.stdout, 'new\n'),
    })
    expect(seen).toEqual(['newer', 'error', 'new'])
  })

  test('waits until a line is whole, wherever its bytes are cut', async () => {
    const bytes = Buffer.from('算法\n')
    const seen = await collect(3, 5, {
      0: () => writeFile(files.stdout, 'a\n'),
      1: async () => {
        await appendFile(files.stdout, bytes.subarray(0, 2))
        await writeFile(files.stderr, 'between\n')
      },
      2: () => appendFile(files.stdout, bytes.subarray(2)),
    })
    expect(seen).toEqual(['a', 'between', '算法'])
  })

  test('loses no line when the file is rotated, and goes on in the new one', async () => {
    const seen = await collect(4, 5, {
      0: () => writeFile(files.stdout, 'one\n'),
      1: async () => {
        await appendFile(files.stdout, 'two\n')
        await rename(files.stdout, `${files.stdout}.1`)
        await appendFile(`${files.stdout}.1`, 'three\n')
        await writeFile(files.stdout, 'four\n')
      },
    })
    expect(seen).toEqual(['one', 'two', 'three', 'four'])
  })

  test('goes on after a truncation', async () => {
    const seen = await collect(2, 5, {
      0: () => writeFile(files.stdout, 'a rather long line\n'),
      1: async () => {
        await truncate(files.stdout)
        await appendFile(files.stdout, 'new\n')
      },
    })
    expect(seen).toEqual(['a rather long line', 'new'])
  })

  test('ends without an error when it is aborted', async () => {
    const abort = new AbortController()
    const following = followInstanceLog(files, { limit: 5, signal: abort.signal })
    const next = following.next()
    abort.abort()
    expect(await next).toEqual({ done: true, value: undefined })
  })
})
