import { expect, test } from 'vitest'
import { tokenSegments } from './segments.ts'

const token = (text: string, start: number, end: number, label = 'L') => ({ text, start, end, label })
const shape = (text: string, tokens: ReturnType<typeof token>[]) =>
  tokenSegments(text, tokens)?.map((segment) => (segment.token === null ? segment.text : [segment.text]))

test('a text is divided at its tokens, and nothing of it is lost', () => {
  expect(shape('我在北京大学读书', [token('北京大学', 2, 6)])).toEqual(['我在', ['北京大学'], '读书'])
  expect(shape('北京', [token('北京', 0, 2)])).toEqual([['北京']])
  expect(shape('nothing', [])).toEqual(['nothing'])
})

test('offsets may count code points, as in Python, or UTF-16 units, as in JavaScript', () => {
  expect(shape('😀 Bob', [token('Bob', 2, 5)])).toEqual(['😀 ', ['Bob']])
  expect(shape('😀 Bob', [token('Bob', 3, 6)])).toEqual(['😀 ', ['Bob']])
})

test('tokens that overlap an earlier one or do not match the text are left out', () => {
  const tokens = [token('New York', 0, 8), token('York City', 4, 13), token('Paris', 9, 13)]
  expect(shape('New York City', tokens)).toEqual([['New York'], ' City'])
})

test('tokens of another text are distinguished from a text without tokens', () => {
  expect(tokenSegments('another text', [token('Bob', 0, 3)])).toBeNull()
})
