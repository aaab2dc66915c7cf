import { expect, test } from 'vitest'
import { startPageOf } from './start-pages.ts'

test('the first page is the preferred one, or another one that this person may see', () => {
  const all = () => true
  expect(startPageOf('calls', all)).toBe('calls')
  expect(startPageOf(undefined, all)).toBe('showcase')
  // A custom role may lack the right to see the showcase.
  const operates = (permission: string) => permission === 'services.read' || permission === 'calls.read'
  expect(startPageOf(undefined, operates)).toBe('services')
  expect(startPageOf('showcase', operates)).toBe('services')
  expect(startPageOf('showcase', () => false)).toBeUndefined()
})
