import { expect, test } from 'vitest'
import { chooseRefs, type SizedRef } from './choose-refs.ts'

const sized = (name: string, size: number, more: Partial<SizedRef> = {}): SizedRef => ({
  name,
  commit: `commit of ${name}`,
  size,
  isFirst: false,
  ...more,
})
const names = (refs: readonly { name: string }[]) => refs.map(({ name }) => name)

test('refs are read while there is room, the branch of HEAD first, and the others are shown with their commit', () => {
  const all = [sized('a', 6), sized('b', 6), sized('c', 2), sized('main', 2, { isFirst: true })]
  const { read, unread, hasMore } = chooseRefs(all, { limit: 10, bytes: 10 })
  expect([names(read), unread, hasMore]).toEqual([
    ['main', 'a', 'c'],
    [{ name: 'b', commit: 'commit of b' }],
    false,
  ])
})

test('a tag that is not read is left out, because its commit is known only from reading it', () => {
  const { read, unread, hasMore } = chooseRefs([sized('v1', 20, { commit: null })], { limit: 10, bytes: 10 })
  expect([read, unread, hasMore]).toEqual([[], [], true])
})

test('there are no more than were asked for', () => {
  const { read, unread, hasMore } = chooseRefs([sized('a', 1), sized('b', 20), sized('c', 1)], {
    limit: 2,
    bytes: 10,
  })
  expect([names(read), names(unread), hasMore]).toEqual([['a'], ['b'], true])
})
