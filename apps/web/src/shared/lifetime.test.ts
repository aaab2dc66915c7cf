import { expect, test } from 'vitest'
import { endAfterDays } from './lifetime.ts'

test('what lasts some days ends at that time, and what has no end has none', () => {
  expect(endAfterDays(7, Date.parse('2026-03-01T10:00:00Z'))).toBe('2026-03-08T10:00:00.000Z')
  expect(endAfterDays(0)).toBeNull()
})
