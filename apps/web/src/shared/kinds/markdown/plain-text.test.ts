import { expect, test } from 'vitest'
import { plainText } from './plain-text.ts'

test.each([
  ['# 结果\n\n- **人** 3\n- *车* 2', '结果\n人 3\n车 2'],
  ['See [the page](https://a.example) and `x`', 'See the page and x'],
  ['> quoted\n\n```js\nlet a\n```\nend', 'quoted\nend'],
  ['![a picture](a.png)', ''],
  ['snake_case stays, 2 * 3 * 4 too', 'snake_case stays, 2 * 3 * 4 too'],
])('%j reads %j', (markdown, text) => {
  expect(plainText(markdown)).toBe(text)
})

test.each([
  ['spaces', `a\n${' '.repeat(100_000)}x`, `a\n${' '.repeat(100_000)}x`],
  ['line ends', `a${'\n'.repeat(100_000)}x`, 'a\nx'],
  ['the rule of a table', `a\n${'| - '.repeat(25_000)}x`, `a\n${'| - '.repeat(25_000)}x`],
])('a long row of %s takes no longer than its length asks for', (_what, markdown, text) => {
  expect(plainText(markdown) === text).toBe(true)
})

test('the rule of a table and blank lines are left out', () => {
  expect(plainText('a | b\n--- | :---:\n1 | 2\n   \n\t\nc')).toBe('a | b\n1 | 2\nc')
})
