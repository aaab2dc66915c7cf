import { expect, test } from 'vitest'
import { decideStandby, leaderStartMs, type LeaderView } from './standing-by.ts'

const well: LeaderView = { schema: 'same', isOnOurFolder: true, seenMs: leaderStartMs * 100 }
const young = leaderStartMs - 1

test.each<[string, Partial<LeaderView>, string]>([
  ['a leader of the same tables on our data folder is stood by for', {}, 'stand by'],
  [
    'a database of another build ends it at once',
    { schema: 'of another build', seenMs: 0 },
    'of another build',
  ],
  ['a leader that has just begun may still migrate', { schema: 'older', seenMs: young }, 'stand by'],
  ['a leader that does not migrate is of an older build', { schema: 'older' }, 'older database'],
  [
    'a leader that has just begun may not be recorded yet',
    { isOnOurFolder: false, seenMs: young },
    'stand by',
  ],
  ['a leader that is not on our data folder is elsewhere', { isOnOurFolder: false }, 'leader elsewhere'],
])('%s', (_what, view, decision) => {
  expect(decideStandby({ ...well, ...view })).toBe(decision)
})
