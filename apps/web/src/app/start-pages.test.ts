import { expect, test } from 'vitest'
import { startPageOf } from './start-pages.ts'

test('the page seen first is the wanted one, or another that this person may see', () => {
  const all = () => true
  expect(startPageOf('calls', all)).toBe('calls')
  expect(startPageOf(undefined, all)).toBe('showcase')
  // A role of one's own need not see the showcase.
  const operates = (permission: string) => permission === 'services.read' || permission === 'calls.read'
  expect(startPageOf(undefined, operates)).toBe('services')
  expect(startPageOf('showcase', operates)).toBe('services')
  expect(startPageOf('showcase', () => false)).toBeUndefined()
})
