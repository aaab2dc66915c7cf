// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { isComposing } from './is-composing.ts'

const enter = (part: KeyboardEventInit) => new KeyboardEvent('keydown', { key: 'Enter', ...part })

test('the Enter that takes a word from an input method is told from one that sends, also in Safari', () => {
  expect(isComposing(enter({ isComposing: true, keyCode: 229 }))).toBe(true)
  expect(isComposing(enter({ isComposing: false, keyCode: 229 }))).toBe(true)
  expect(isComposing(enter({ isComposing: false, keyCode: 13 }))).toBe(false)
})
