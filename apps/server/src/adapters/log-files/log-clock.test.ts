import { appendFile, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LogClock } from './log-clock.ts'
import { searchLogs } from './log-search.ts'

let folder = ''
let path = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-log-clock-'))
  path = join(folder, 'echo.log')
})
afterEach(() => rm(folder, { recursive: true }))

const minute = (number: number) => new Date(Date.UTC(2026, 2, 1, 8, number))
/** Appends lines that were written at a minute. */
async function write(text: string, at: number): Promise<void> {
  await appendFile(path, text)
  await utimes(path, minute(at), minute(at))
}
/** The lines with the minutes at which they were seen. */
async function seen({ writtenAt }: LogClock): Promise<[string, number | null][]> {
  const source = { replica: 1, stream: 'stdout' as const, path, writtenAt }
  const { lines } = await searchLogs([source], { q: '' }, 100)
  return lines.map(({ text, seen_at: at }) => [text, at ? new Date(at).getUTCMinutes() : null])
}

test('lines without a time have the time at which the log had grown by them', async () => {
  const clock = new LogClock(folder)
  await clock.look()
  await write('loading\nready\n', 1)
  await clock.look()
  await write('第一次调用\r\n', 5)
  await clock.look()
  await clock.look()
  await write('not looked at yet\n', 9)
  expect(await seen(clock)).toEqual([
    ['loading', 1],
    ['ready', 1],
    ['第一次调用', 5],
    ['not looked at yet', 9],
  ])
})

test('a line that states its time needs no other time', async () => {
  const clock = new LogClock(folder)
  await clock.look()
  await write('2026-03-01T07:00:00Z started\nplain\n', 1)
  await clock.look()
  expect(await seen(clock)).toEqual([
    ['2026-03-01T07:00:00Z started', null],
    ['plain', 1],
  ])
})

test('no time is known for lines that were written before the first check', async () => {
  await write('long ago\n', 1)
  const clock = new LogClock(folder)
  await clock.look()
  await write('now\n', 9)
  await clock.look()
  expect(await seen(clock)).toEqual([
    ['long ago', null],
    ['now', 9],
  ])
})

test('a log that was shortened begins again', async () => {
  const clock = new LogClock(folder)
  await clock.look()
  await write('one\ntwo\nthree\n', 1)
  await clock.look()
  await writeFile(path, '')
  await write('four\n', 7)
  await clock.look()
  expect(await seen(clock)).toEqual([['four', 7]])
})

test('a log that grows for long forgets moments, and times stay in order', async () => {
  const clock = new LogClock(folder)
  await clock.look()
  for (let line = 0; line < 2_100; line++) {
    await write(`${line}\n`, Math.floor(line / 60))
    await clock.look()
  }
  const minutes = (await seen(clock)).map(([, at]) => at)
  expect(minutes).toHaveLength(100)
  expect(minutes.at(-1)).toBe(34)
  expect(minutes).toEqual(minutes.toSorted((a, b) => (a ?? 0) - (b ?? 0)))
})
