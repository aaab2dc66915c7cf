import { expect, test } from 'vitest'
import { safeReturn } from './safe-return.ts'

test('after sign-in the requested page is opened', () => {
  expect(safeReturn('/services?q=文本#log')).toBe('/services?q=%E6%96%87%E6%9C%AC#log')
})

test('sign-in never leads to another host', () => {
  for (const wanted of [
    '//evil.example/x',
    '/\\evil.example',
    '/\t/evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    ['/a'],
    undefined,
  ])
    expect(safeReturn(wanted)).toBeNull()
})
