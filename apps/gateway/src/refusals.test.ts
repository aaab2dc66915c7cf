import { expect, test } from 'vitest'
import { refusals } from './refusals.ts'

test('no two refusals share a code', () => {
  const codes = Object.values(refusals).map((refusal) => refusal.code)
  expect(new Set(codes).size).toBe(codes.length)
})

test('every refusal is a sentence in both languages: the English ones begin as such', () => {
  for (const { code, zh, en } of Object.values(refusals)) {
    expect(zh, code).toMatch(/\p{Script=Han}/u)
    expect(en, code).toMatch(/^\p{Lu}/u)
  }
})
