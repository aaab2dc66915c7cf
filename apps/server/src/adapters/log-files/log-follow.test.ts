import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LogLine } from '@vitrine/contract'
import { placeAfterShortening } from './log-cursor.ts'
import type { LineFilter } from './log-filter.ts'
import { followLogs } from './log-follow.ts'
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

type Options = {
  limit?: number
  filter?: Partial<LineFilter>
  list?: () => Promise<LogSource[]>
  /** Actions by the number of lines after which they are done; 0 means after the old lines. */
  steps?: Record<number, () => Promise<unknown>>
}

/** Returns the first `count` lines of following a log, and does the steps in between. */
async function follow(count: number, options: Options = {}): Promise<LogLine[]> {
  const { limit = 10, filter = {}, steps = {}, list = async () => [out, err] } = options
  const stop = new AbortController()
  const giveUp = setTimeout(() => stop.abort(), 60_000)
  const seen: LogLine[] = []
  const due = Object.entries(steps)
  try {
    for await (const told of followLogs(list, { q: '', ...filter }, { limit, signal: stop.signal })) {
      if (told.kind === 'lines') seen.push(...told.lines)
      if (seen.length >= count) break
      if (told.kind === 'caught_up' || due.length < Object.keys(steps).length) {
        while (Number(due[0]?.[0] ?? Infinity) <= seen.length) await due.shift()?.[1]()
      }
    }
  } finally {
    clearTimeout(giveUp)
  }
  return seen
}
const texts = (lines: readonly LogLine[]) => lines.map((line) => line.text)

describe('following a log', () => {
  test('gives the last lines first and then each new one, even if the file does not exist yet', async () => {
    await writeFile(out.path, 'old\nnewer\n')
    const seen = await follow(3, {
      limit: 1,
      steps: { 1: () => writeFile(err.path, 'error\n'), 2: () => appendFile(out.path, 'new\n') },
    })
    expect(texts(seen)).toEqual(['newer', 'error', 'new'])
  })

  test('tells between the old and the new lines whether the old ones are complete', async () => {
    await writeFile(out.path, 'old\n')
    const stop = new AbortController()
    const told: string[] = []
    for await (const one of followLogs(async () => [out], { q: '' }, { limit: 5, signal: stop.signal })) {
      told.push(one.kind === 'lines' ? `${one.lines.length}` : `complete: ${one.complete}`)
      if (one.kind === 'caught_up') await appendFile(out.path, 'new\n')
      if (told.length === 3) stop.abort()
    }
    expect(told).toEqual(['1', 'complete: true', '1'])
  })

  test('waits until a line is complete, wherever its bytes are split, even at the end of the old lines', async () => {
    const bytes = Buffer.from('算法\n')
    await writeFile(out.path, Buffer.concat([Buffer.from('a\n'), bytes.subarray(0, 2)]))
    const seen = await follow(3, {
      steps: { 1: () => writeFile(err.path, 'between\n'), 2: () => appendFile(out.path, bytes.subarray(2)) },
    })
    expect(texts(seen)).toEqual(['a', 'between', '算法'])
  })

  test('loses and repeats nothing when the file is renamed, once or twice, within a line or after one', async () => {
    await writeFile(out.path, 'one\n')
    const seen = await follow(5, {
      steps: {
        1: async () => {
          await appendFile(out.path, 'two\nth')
          await rename(out.path, `${out.path}.1`)
          await writeFile(out.path, 'ree\nfour\n')
          await rename(`${out.path}.1`, `${out.path}.2`)
          await rename(out.path, `${out.path}.1`)
          await writeFile(out.path, 'five\n')
        },
      },
    })
    expect(texts(seen)).toEqual(['one', 'two', 'three', 'four', 'five'])
  })

  test('loses and repeats nothing when the beginning of the file is moved away while it is written', async () => {
    await writeFile(out.path, 'one\ntwo\n')
    const seen = await follow(6, {
      limit: 1,
      steps: {
        1: async () => {
          await appendFile(out.path, 'three\nfour\n')
          await writeFile(`${out.path}.rotating`, 'one\ntwo\nthr')
          await writeFile(out.path, 'ee\nfour\n')
          await rename(`${out.path}.rotating`, `${out.path}.1`)
        },
        3: async () => {
          await writeFile(`${out.path}.rotating`, 'ee\nfour\n')
          await rename(`${out.path}.1`, `${out.path}.2`)
          await truncate(out.path)
          await appendFile(out.path, 'five\nsix\nseven\n')
          await rename(`${out.path}.rotating`, `${out.path}.1`)
        },
      },
    })
    expect(texts(seen)).toEqual(['two', 'three', 'four', 'five', 'six', 'seven'])
  })

  test('continues after the file was emptied', async () => {
    await writeFile(out.path, 'a rather long line\n')
    const seen = await follow(2, {
      steps: {
        1: async () => {
          await truncate(out.path)
          await appendFile(out.path, 'new\n')
        },
      },
    })
    expect(texts(seen)).toEqual(['a rather long line', 'new'])
  })

  test('continues after a file was deleted that had not been read', async () => {
    await writeFile(out.path, 'one\n')
    const seen = await follow(2, {
      steps: {
        1: async () => {
          await rm(out.path)
          await writeFile(out.path, 'two\n')
        },
      },
    })
    expect(texts(seen)).toEqual(['one', 'two'])
  })

  test('filters the new lines like the old ones, and new lines inherit the level of old ones', async () => {
    await writeFile(out.path, 'INFO: a\nERROR: b\n')
    const seen = await follow(3, {
      filter: { level: 'warn' },
      steps: { 1: () => appendFile(out.path, '  File "x.py"\nINFO: c\n  more\nWARNING: d\n') },
    })
    expect(texts(seen)).toEqual(['ERROR: b', '  File "x.py"', 'WARNING: d'])
  })

  test('without old lines, the first new line still inherits its level', async () => {
    await writeFile(out.path, 'ERROR: b\n')
    const seen = await follow(1, {
      limit: 0,
      filter: { level: 'error' },
      steps: { 0: () => appendFile(out.path, '  raise\n') },
    })
    expect(texts(seen)).toEqual(['  raise'])
  })

  test('follows replicas that are added later', async () => {
    const second: LogSource = { replica: 2, stream: 'stdout', path: join(folder, 'out.2.log') }
    let sources = [out]
    await writeFile(out.path, 'a\n')
    const seen = await follow(2, {
      list: async () => sources,
      steps: {
        1: async () => {
          await writeFile(second.path, 'b\n')
          sources = [out, second]
        },
      },
    })
    expect(seen.map(({ replica, text }) => `${replica} ${text}`)).toEqual(['1 a', '2 b'])
  })

  test('ends without an error when it is aborted', async () => {
    const stop = new AbortController()
    const following = followLogs(async () => [out], { q: '' }, { limit: 5, signal: stop.signal })
    expect((await following.next()).value).toEqual({ kind: 'caught_up', complete: true })
    const next = following.next()
    stop.abort()
    expect(await next).toEqual({ done: true, value: undefined })
  })
})

describe('a position in a file whose beginning was moved away', () => {
  const segments = [
    { inode: 9, size: 100 },
    { inode: 8, size: 40 },
    { inode: 7, size: 60 },
    { inode: 5, size: 50 },
  ]
  const before = (offset: number, olderInode: number | null) => ({ inode: 9, offset, olderInode })
  test.each([
    ['is in the older new file', 30, 5, { index: 2, offset: 30 }],
    ['is in the newer new file', 70, 5, { index: 1, offset: 10 }],
    ['is still in the newest file', 120, 5, { index: 0, offset: 20 }],
    ['stays the same if nothing was moved', 30, 8, { index: 0, offset: 30 }],
    ['is looked for in all files where there was none before', 151, null, { index: 0, offset: 1 }],
  ])('%s', (_name, offset, olderInode, place) => {
    expect(placeAfterShortening(segments, before(offset, olderInode))).toEqual(place)
  })
})
