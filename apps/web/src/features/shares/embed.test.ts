import { expect, test } from 'vitest'
import { embedCode, originOf } from './embed.ts'

test.each([
  ['https://www.example.com/products?id=1', 'https://www.example.com'],
  ['  HTTP://Intranet:8080/ ', 'http://intranet:8080'],
  ['www.example.com', 'https://www.example.com'],
  ['https://例子.公司/', 'https://xn--fsqu00a.xn--55qx5d'],
  ['', null],
  ['*', null],
  ['https://*.example.com', null],
  ['javascript:alert(1)', null],
  ['file:///etc', null],
  ['https://a.example;script-src', null],
  ['https://[::1]:3000', null],
])('of %j, the site is %j', (entered, origin) => {
  expect(originOf(entered)).toBe(origin)
})

test('the code shows the compact page in a sandboxed frame, and a title cannot leave its attribute', () => {
  const code = embedCode('https://show.example/s/abc', {
    title: '"><script>alert(1)</script>',
    size: 'medium',
  })
  expect(code).toContain('src="https://show.example/s/abc?embed"')
  expect(code).toContain('width="800" height="640"')
  expect(code).toContain('title="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"')
  expect(code).not.toContain('allow-top-navigation')
})
