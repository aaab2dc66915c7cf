import { expect, test } from 'vitest'
import { clockTime } from './clock-time.ts'

const now = new Date(2026, 10, 25, 22, 40)

test('a time of today has no date, and one of another day begins with its date', () => {
  expect(clockTime(new Date(2026, 10, 25, 0, 5, 9), now, 'zh-CN')).toBe('00:05:09')
  expect(clockTime(new Date(2026, 10, 24, 22, 31, 4), now, 'zh-CN')).toBe('11/24 22:31:04')
})
