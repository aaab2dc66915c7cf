import { expect, test } from 'vitest'
import { fittingKinds } from './fitting-kinds.ts'

test.each([
  [{ type: 'string', 'x-kind': 'video' }, ['video']],
  [{ 'x-kind': 'image' }, ['image']],
  [{ type: 'string' }, ['text']],
  [{ type: 'number' }, []],
  [{ type: 'string', 'x-kind': 'something new' }, []],
])('an input of %o takes %o', (input, kinds) => {
  expect(fittingKinds(input)).toEqual(kinds)
})

test('an input of the kind file accepts every kind', () => {
  expect(fittingKinds({ 'x-kind': 'file' })).toContain('audio')
})
