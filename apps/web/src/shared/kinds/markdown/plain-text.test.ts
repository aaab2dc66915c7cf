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
