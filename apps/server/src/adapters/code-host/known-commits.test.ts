import { expect, test } from 'vitest'
import { createKnownCommits } from './known-commits.ts'

test('a found commit and its size are remembered for a minute, only for its repository, and until the repository is deleted', () => {
  let now = 0
  const known = createKnownCommits(() => now)
  known.add('a', 'c1')
  known.add('ab', 'c1')
  known.addBytes('a', 'c1', 5)
  known.addBytes('ab', 'c1:folder', 0)
  expect([known.bytes('a', 'c1'), known.bytes('ab', 'c1')]).toEqual([5, undefined])
  expect([known.has('a', 'c1'), known.has('a', 'c2'), known.has('b', 'c1')]).toEqual([true, false, false])
  known.forget('a')
  expect([known.has('a', 'c1'), known.has('ab', 'c1')]).toEqual([false, true])
  expect([known.bytes('a', 'c1'), known.bytes('ab', 'c1:folder')]).toEqual([undefined, 0])
  now = 60_000
  expect(known.has('ab', 'c1')).toBe(false)
  expect(known.bytes('ab', 'c1:folder')).toBeUndefined()
})
