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

test('records have a line each, with the first member in front', () => {
  const data = [
    { day: '1 May', units: 12, share: 0.5, open: true, note: 'cut' },
    { day: '2 May', units: 9, share: 0.4, open: false, note: 'cut' },
  ]
  expect(coverLines(data)).toEqual([
    { name: '1 May', value: '12  0.5  true' },
    { name: '2 May', value: '9  0.4  false' },
  ])
})
