import { expect, test } from 'vitest'
import { findFaulty } from './route-problems.ts'

const all = Array.from({ length: 200 }, (_unused, number) => number)

/** Refuses lists with any of these numbers, and counts the checks. */
const refusing = (bad: readonly number[]) => {
  const counted = { checks: 0 }
  const check = async (items: readonly number[]) => {
    counted.checks++
    const found = items.find((item) => bad.includes(item))
    return found === undefined ? null : `bad ${found}`
  }
  return { check, counted }
}

test.each([[[]], [[0]], [[199]], [[7, 8, 150]], [all]])(
  'of two hundred, exactly %j are found',
  async (bad) => {
    const found = await findFaulty(all, refusing(bad).check)
    expect(found).toEqual(bad.map((item) => ({ item, reason: `bad ${item}` })))
  },
)

test('one of two hundred is found with few checks', async () => {
  const { check, counted } = refusing([42])
  await findFaulty(all, check)
  expect(counted.checks).toBeLessThanOrEqual(17)
})

test('nothing is found if only the whole is refused', async () => {
  expect(await findFaulty(all, async (items) => (items.length === 200 ? 'too many' : null))).toEqual([])
})
