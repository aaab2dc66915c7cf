import { most } from '@vitrine/contract/limits'
import { expect, test } from 'vitest'
import { useListSize } from './use-list-size.ts'

const listOf = (count: number, total: number) => ({ items: Array.from({ length: count }), total })

test('a list grows by a page, as long as there is more', () => {
  const { size, hasMore, more } = useListSize(20)
  expect([size.value, hasMore(undefined), hasMore(listOf(20, 20)), hasMore(listOf(20, 21))]).toEqual([
    20,
    false,
    false,
    true,
  ])
  more()
  expect(size.value).toBe(40)
})

test('a list ends where the server gives no more at once', () => {
  const { size, hasMore, more } = useListSize(60)
  for (let asked = 0; asked < most.pageSize; asked += 60) more()
  expect([size.value, hasMore(listOf(most.pageSize, 9999))]).toEqual([most.pageSize, false])
})
