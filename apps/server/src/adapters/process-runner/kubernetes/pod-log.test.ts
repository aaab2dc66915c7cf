import { expect, test } from 'vitest'
import { comparableTime, podLogLines } from './pod-log.ts'

test.each([
  ['2026-11-29T10:00:00.123456789Z', '2026-11-29T10:00:00.123456789Z'],
  ['2026-11-29T10:00:00.12Z', '2026-11-29T10:00:00.120000000Z'],
  ['2026-11-29T10:00:00Z', '2026-11-29T10:00:00.000000000Z'],
  ['2026-11-29T18:00:00.5+08:00', '2026-11-29T10:00:00.500000000Z'],
  ['failed', null],
  ['', null],
])('the time %j is compared as %j', (text, time) => {
  expect(comparableTime(text)).toBe(time)
})

test('lines may arrive in pieces that are cut anywhere, and one without a time belongs to the last', () => {
  const lines = podLogLines()
  const bytes = Buffer.from(
    '2026-11-29T10:00:00.5Z 到达 了\n2026-11-29T10:00:01Z \nplain\n2026-11-29T10:00:02Z half',
  )
  const pieces = [...bytes].flatMap((byte) => lines(Buffer.from([byte])))
  expect(pieces.map(({ at, bytes: text }) => [at.slice(11, 21), text.toString()])).toEqual([
    ['10:00:00.5', '到达 了\n'],
    ['10:00:01.0', '\n'],
    ['10:00:01.0', 'plain\n'],
  ])
})
