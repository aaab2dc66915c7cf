import { expect, test } from 'vitest'
import { lineSplitter, longestLine } from './line-splitter.ts'

function linesOf(chunks: Iterable<Uint8Array>): string[] {
  const lines: string[] = []
  const splitter = lineSplitter((line) => lines.push(line))
  for (const chunk of chunks) splitter.write(chunk)
  splitter.end()
  return lines
}

const text = '一行\n\r\n50%\r100%\r\n🙂 last'
const lines = ['一行', '', '50%', '100%', '🙂 last']

test.each([1, 2, 3, 5, 1000])('the lines are the same when the bytes arrive in pieces of %i', (size) => {
  const bytes = Buffer.from(text)
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
  expect(linesOf(pieces)).toEqual(lines)
})

test('no bytes give no line, and a line end at the end of the input gives no empty line', () => {
  expect(linesOf([])).toEqual([])
  expect(linesOf([Buffer.from('a\n')])).toEqual(['a'])
  expect(linesOf([Buffer.from('a\r')])).toEqual(['a'])
})

test('an overlong line is cut once, and the next line is complete', () => {
  const piece = Buffer.alloc(100_000, 'x')
  const result = linesOf([...Array.from({ length: 30 }, () => piece), Buffer.from('\nafter\n')])
  expect(result.map((line) => line.length)).toEqual([longestLine, 5])
})
