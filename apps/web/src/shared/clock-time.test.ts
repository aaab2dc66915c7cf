import { expect, test } from 'vitest'
import { clockTime } from './clock-time.ts'

const now = new Date(2026, 10, 25, 22, 40)

test('a moment of today is its time alone, one of another day has its day in front', () => {
  expect(clockTime(new Date(2026, 10, 25, 0, 5, 9), now, 'zh-CN')).toBe('00:05:09')
  expect(clockTime(new Date(2026, 10, 24, 22, 31, 4), now, 'zh-CN')).toBe('11/24 22:31:04')
})
