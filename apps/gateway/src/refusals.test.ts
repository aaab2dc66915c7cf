import { expect, test } from 'vitest'
import { refusals } from './refusals.ts'

test('no two refusals share a code', () => {
  const codes = Object.values(refusals).map((refusal) => refusal.code)
  expect(new Set(codes).size).toBe(codes.length)
})
