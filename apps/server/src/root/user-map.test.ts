import { expect, test } from 'vitest'
import { platformOf } from '../lib/account-block.ts'
import { isSameMap, mapOf, mapText } from './user-map.ts'

const block = { first: 1_900_000_000, size: 10_000 }
const database = { uid: 999, gid: 996 }

test('the platform is 0 inside, and every number of the block and the database exists once', () => {
  const { users, groups } = mapOf(block, [database])
  const outside = users.flatMap((line) => Array.from({ length: line.size }, (_, at) => line.outside + at))
  expect(new Set(outside).size).toBe(outside.length)
  expect(outside.length).toBe(block.size + 1)
  expect(users[0]).toEqual({ inside: 0, outside: platformOf(block), size: 1 })
  expect(outside).toContain(999)
  expect(groups.map((line) => line.outside)).toContain(996)
})

test('neither root nor anybody else of the machine exists inside', () => {
  for (const lines of Object.values(mapOf(block, [database])))
    for (const number of [0, 1, 33, 1_000, 65_534])
      expect(lines.some(({ outside, size }) => number >= outside && number < outside + size)).toBe(false)
})

test('a map is the same in the kernel’s own form, and another one is not', () => {
  const { users } = mapOf(block, [])
  const asKernel = mapText(users).replaceAll(' ', '      ')
  expect(isSameMap(asKernel, users)).toBe(true)
  expect(isSameMap(asKernel, mapOf({ ...block, first: 1_900_010_000 }, []).users)).toBe(false)
})
