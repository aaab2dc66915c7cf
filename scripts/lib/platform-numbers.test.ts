import { expect, test } from 'vitest'
import { mayEnd } from './platform-numbers.mjs'

const block = [
  { first: 1_000, size: 1 },
  { first: 20_000, size: 1_000 },
]

test('root ends processes of the platform’s users and of nobody else', () => {
  const may = (user: number | null) => mayEnd({ isRoot: true, numbers: block }, user)
  expect([1_000, 20_000, 20_999].map(may)).toEqual([true, true, true])
  expect([0, 1, 999, 1_001, 19_999, 21_000, null].map(may)).toEqual(Array(7).fill(false))
})

test('root ends any recorded process if the platform itself runs as root', () => {
  expect(mayEnd({ isRoot: true, numbers: [{ first: 0, size: 1 }] }, 33)).toBe(true)
})

test('root ends nothing if it does not know as whom the platform runs', () => {
  expect(mayEnd({ isRoot: true, numbers: [] }, 0)).toBe(false)
})

test('an ordinary user may try to end any process, because the kernel decides', () => {
  expect(mayEnd({ isRoot: false, numbers: [] }, 0)).toBe(true)
})
