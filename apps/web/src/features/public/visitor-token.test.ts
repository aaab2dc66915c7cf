import { expect, test } from 'vitest'
import { visitorToken } from './visitor-token.ts'

test('a page in a frame adds a new secret of 256 bits each time, and no other page does', () => {
  expect(visitorToken('abc', false)).toBe('abc')
  const secrets = Array.from({ length: 20 }, () => visitorToken('abc', true))
  for (const secret of secrets) expect(secret).toMatch(/^abc~[\w-]{43}$/)
  expect(new Set(secrets).size).toBe(20)
})
