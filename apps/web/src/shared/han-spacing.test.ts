import { expect, test } from 'vitest'
import { spacedHan } from './han-spacing.ts'

test.each([
  ['5分钟前', '5 分钟前'],
  ['用Google登录', '用 Google 登录'],
  ['用公司账号登录', '用公司账号登录'],
  ['用 id.example.com 登录', '用 id.example.com 登录'],
  ['Sign in with 公司账号', 'Sign in with 公司账号'],
])('%s is written %s', (text, spaced) => {
  expect(spacedHan(text)).toBe(spaced)
})
