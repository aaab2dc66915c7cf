import { expect, test } from 'vitest'
import { countOf, withoutIdle, withUsed } from './nginx.used-names.ts'

const groupsOf = (count: number) => Array.from({ length: count }, (_none, index) => `group-${index + 1}`)
/** Counts three requests under each of these names, and says which names were asked about. */
function counting(...busy: string[]) {
  const asked: string[] = []
  const count = async (name: string) => {
    asked.push(name)
    return busy.includes(name) ? 3 : 0
  }
  return { asked, count }
}

test('a name that several instances have is counted once', async () => {
  const names = { one: ['group', 'at-1'], two: ['group', 'at-2'], other: ['at-3'] }
  const { asked, count } = counting('group', 'at-2', 'at-3')
  expect(await countOf(names, ['one', 'two', 'unknown'], count)).toMatchObject({ requests: 6 })
  expect(asked).toEqual(['group', 'at-1', 'at-2'])
})

test('a name that is used again is the newest', () => {
  expect(withUsed(['at-1', 'group', 'address'], ['at-1', 'address'])).toEqual(['group', 'at-1', 'address'])
  expect(withUsed(undefined, ['address', 'address'])).toEqual(['address'])
})

test('however often its group changes, an instance keeps few names besides those with requests in progress', async () => {
  let names: Record<string, string[]> = { other: groupsOf(9) }
  const { count } = counting('group-2')
  for (const group of groupsOf(500)) {
    names.one = withUsed(names.one, [group, 'address'])
    names = withoutIdle(names, await countOf(names, ['one'], count))
  }
  expect(names.one).toEqual([
    'group-2',
    'group-496',
    'group-497',
    'group-498',
    'group-499',
    'group-500',
    'address',
  ])
  expect(names.other).toEqual(groupsOf(9))
})

test('a name that was used again in the meantime stays, although it had no requests when it was counted', async () => {
  const before = { one: [...groupsOf(7), 'address'] }
  const counted = await countOf(before, ['one'], counting().count)
  const now = { one: withUsed(before.one, ['group-1', 'address']) }
  expect(withoutIdle(now, counted).one).toEqual([...groupsOf(7).slice(3), 'group-1', 'address'])
})
