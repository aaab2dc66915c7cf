import { expect, test } from 'vitest'
import { freeNumber, freeNumbers } from './free-numbers.ts'

const block = { first: 100, size: 4 }

test.each([
  [0, [], 100],
  [1, [101], 102],
  [3, [103], 100],
  [2, [100, 101, 102, 103], null],
])('from place %d, with %j in use, the next free number is %s', (start, used, expected) => {
  expect(freeNumber(block, new Set(used), start)).toBe(expected)
})

test('works at the same time get different numbers, whatever they store them as', async () => {
  const [accounts, groups]: [number[], number[]] = [[], []]
  const numbers = freeNumbers(block, [async () => accounts, async () => groups])
  const takeFor = (stored: number[]) =>
    numbers.inTurn(async (free) => {
      const number = await free()
      if (number !== null) stored.push(number)
    })
  await Promise.all([takeFor(accounts), takeFor(groups), takeFor(groups), takeFor(accounts)])
  expect([...accounts, ...groups].toSorted()).toEqual([100, 101, 102, 103])
  expect(await numbers.inTurn((free) => free())).toBeNull()
})

test('who may use only a part of the block gets nothing when more of it is in use; other numbers do not count', async () => {
  const stored = [7, 8, 9, 100, 101]
  const numbers = freeNumbers(block, [async () => stored])
  expect(await numbers.inTurn((free) => free(1 / 2))).not.toBeNull()
  stored.push(102)
  expect(await numbers.inTurn((free) => free(1 / 2))).toBeNull()
  expect(await numbers.inTurn((free) => free())).toBe(103)
})
