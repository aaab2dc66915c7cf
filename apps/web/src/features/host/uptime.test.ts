import { expect, test } from 'vitest'
import { uptimeText } from './uptime.ts'

test('the uptime of a machine is given in its two largest units', () => {
  expect(uptimeText(14 * 86_400 + 3_700, 'en')).toBe('14 days 1 hr')
  expect(uptimeText(3_700, 'en')).toBe('1 hr 1 min')
  expect(uptimeText(59, 'en')).toBe('0 min')
  expect(uptimeText(2 * 86_400, 'zh')).toBe('2 天 0 小时')
})
