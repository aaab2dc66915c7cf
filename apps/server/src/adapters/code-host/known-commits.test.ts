import { expect, test } from 'vitest'
import { createKnownCommits } from './known-commits.ts'

test('a commit that was found counts as there for a minute, in its repository alone, and until that is deleted', () => {
  let now = 0
  const known = createKnownCommits(() => now)
  known.add('a', 'c1')
  known.add('ab', 'c1')
  expect([known.has('a', 'c1'), known.has('a', 'c2'), known.has('b', 'c1')]).toEqual([true, false, false])
  known.forget('a')
  expect([known.has('a', 'c1'), known.has('ab', 'c1')]).toEqual([false, true])
  now = 60_000
  expect(known.has('ab', 'c1')).toBe(false)
})
