// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { shortcutOf } from './shortcut.ts'

const key = (name: string, change: Partial<Parameters<typeof shortcutOf>[0]> = {}) => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  defaultPrevented: false,
  ...change,
})
const element = (html: string): Element => {
  document.body.innerHTML = html
  const [first] = document.body.querySelectorAll('[data-here]')
  if (first === undefined) throw new Error('the element is missing')
  return first
}

test('Ctrl+K and ⌘K open the palette everywhere, even with Caps Lock', () => {
  const field = element('<input data-here>')
  expect(shortcutOf(key('k', { ctrlKey: true }), field, false)).toBe('palette')
  expect(shortcutOf(key('K', { metaKey: true }), null, true)).toBe('palette')
  expect(shortcutOf(key('k', { ctrlKey: true, shiftKey: true }), null, true)).toBeNull()
  expect(shortcutOf(key('k'), null, true)).toBeNull()
})

test('single keys count outside of fields and dialogs, unless they are switched off or already used', () => {
  const plain = element('<button data-here></button>')
  expect(shortcutOf(key('/'), plain, true)).toBe('search')
  expect(shortcutOf(key('?', { shiftKey: true }), plain, true)).toBe('help')
  expect(shortcutOf(key('/'), plain, false)).toBeNull()
  expect(shortcutOf(key('/', { defaultPrevented: true }), plain, true)).toBeNull()
  expect(shortcutOf(key('/', { ctrlKey: true }), plain, true)).toBeNull()
  expect(shortcutOf(key('/'), element('<textarea data-here></textarea>'), true)).toBeNull()
  expect(shortcutOf(key('?'), element('<p role="dialog"><b data-here></b></p>'), true)).toBeNull()
})
