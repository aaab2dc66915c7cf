import { expect, test } from 'vitest'
import { unbrokenSeparators } from './unbroken-separators.ts'

test('a title breaks after the sign between its parts', () => {
  expect(unbrokenSeparators('Common letters · new-model · a')).toBe(
    'Common letters\u00a0· new-model\u00a0· a',
  )
  expect(unbrokenSeparators('3·4')).toBe('3·4')
})
