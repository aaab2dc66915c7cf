import { expect, test } from 'vitest'
import { coverLines } from './cover-lines.ts'

test('an object has a line for each of its first members, and nothing of what is nested', () => {
  const value = { city: '上海', wind: [1, 2], deep: { a: 1 }, list: [{ a: 1 }], none: null, more: 1 }
  expect(coverLines(value)).toEqual([
    { name: 'city', value: '上海' },
    { name: 'wind', value: '[1,2]' },
    { name: 'deep', value: '{ … }' },
    { name: 'list', value: '[ … 1 ]' },
    { name: 'none', value: 'null' },
  ])
})

test('a list is numbered, sentences and a single value are lines', () => {
  expect(coverLines(['甲', '乙'])).toEqual([
    { name: '', value: '甲' },
    { name: '', value: '乙' },
  ])
  expect(coverLines(['a', 2])).toEqual([
    { name: '0', value: 'a' },
    { name: '1', value: '2' },
  ])
  expect(coverLines(true)).toEqual([{ name: '', value: 'true' }])
})
