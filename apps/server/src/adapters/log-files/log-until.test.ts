import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { searchLogs, type LogSource } from './log-search.ts'

let folder: string
let source: LogSource
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vl-'))
  source = { replica: 1, stream: 'stdout', path: join(folder, 'out.log') }
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString()
/** One line per second, about 200 bytes each. Every third is followed by a line without a time. */
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index)
    .map(
      (second) =>
        `${at(second)} ${second} ${'x'.repeat(170)}\n${second % 3 === 0 ? `  more of ${second}\n` : ''}`,
    )
    .join('')
const bytesRead = async () => Number(/rchar: (\d+)/.exec(await readFile('/proc/self/io', 'utf8'))?.[1])
const found = async (from: number, to: number) => {
  const { lines: all } = await searchLogs([source], { q: '', from: at(from), to: at(to) }, 100)
  return all.map(({ text }) => text.replace(/^\S+Z /, '').replace(/ x+$/, ''))
}

test('very old lines are found with a few reads', async () => {
  await writeFile(source.path, lines(0, 60_000))
  const before = await bytesRead()
  expect(await found(20_000, 20_003)).toEqual(
    ['20000', '20001', 'more of 20001', '20002', '20003'].map((text) => text.replace('more', '  more')),
  )
  expect((await bytesRead()) - before).toBeLessThan(4 * 1024 * 1024)
})

test('they may be in a rotated file, and lines before the first time of the next file belong to them', async () => {
  await writeFile(`${source.path}.2`, lines(0, 100))
  await writeFile(`${source.path}.1`, `  end of 99\n${lines(10_000, 10_100)}`)
  await writeFile(source.path, lines(20_000, 20_100))
  expect(await found(98, 5000)).toEqual(['98', '99', '  more of 99', '  end of 99'])
  expect(await found(10_099, 10_200)).toEqual(['10099'])
  expect(await found(30_000, 30_001)).toEqual([])
})

test('a time before the log finds nothing, and a time after it leaves all lines', async () => {
  await writeFile(source.path, lines(1000, 30_000))
  expect(await found(0, 10)).toEqual([])
  expect((await found(29_999, 40_000)).slice(0, 1)).toEqual(['29999'])
})

test('a log without times is searched completely', async () => {
  await writeFile(source.path, `${'no time\n'.repeat(300_000)}${at(5)} 5\n`)
  expect(await found(5, 5)).toEqual(['5'])
})
