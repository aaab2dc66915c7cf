import { expect, test } from 'vitest'
import { fieldProblems, sortProblems } from './field-problems.ts'

test('problems are found in a list, and in a list under any name of an object', () => {
  const problem = { path: 'parameters.top_k', message: 'too great' }
  const expected = [{ path: ['parameters', 'top_k'], message: 'too great' }]
  expect(fieldProblems([problem])).toEqual(expected)
  expect(fieldProblems({ fields: [problem] })).toEqual(expected)
  expect(fieldProblems({ reason: 'x', count: 3 })).toEqual([])
  expect(fieldProblems(undefined)).toEqual([])
})

test.each([
  ['a list', ['parameters', 'items', 0]],
  ['dots and brackets', 'parameters.items[0]'],
  ['a JSON pointer', '/parameters/items/0'],
  ['a JSON path', '$.parameters.items[0]'],
])('a path may be written as %s', (_, path) => {
  expect(fieldProblems([{ path, message: 'm' }])[0]?.path).toEqual(['parameters', 'items', '0'])
})

test('the first problem of each known parameter goes to its field, and all others are listed with their path', () => {
  const sorted = sortProblems(
    [
      { path: ['parameters', 'top_k'], message: 'too great' },
      { path: ['parameters', 'top_k'], message: 'not whole' },
      { path: ['mode'], message: 'unknown' },
      { path: ['input_data', '0'], message: 'too short' },
      { path: [], message: 'nothing works' },
    ],
    ['top_k', 'mode'],
  )
  expect(sorted.fields).toEqual({ top_k: 'too great', mode: 'unknown' })
  expect(sorted.others).toEqual(['input_data[0]: too short', 'nothing works'])
})
