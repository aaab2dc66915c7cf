import { expect, test } from 'vitest'
import { continuationAfterRestart, type Continuation, type InterruptedRun } from './after-restart.ts'

const call = (kept: boolean | null) => ({
  instanceId: 'demo-r1-1',
  generation: 'first',
  predictionId: 'p',
  kept,
})
const process = { generation: 'first' }
const left = (part: Partial<InterruptedRun>): InterruptedRun => ({
  call: call(true),
  isTemporary: false,
  process,
  says: 'known',
  ...part,
})

const cases: [string, Partial<InterruptedRun>, Continuation][] = [
  ['one that its instance knows is followed', {}, 'follow'],
  ['one that its instance knows is followed also if it had not answered yet', { call: call(null) }, 'follow'],
  ['one that never reached its instance is begun anew', { call: call(null), says: 'unknown' }, 'anew'],
  [
    'one that may have reached an earlier process of its instance is not begun again',
    { call: call(null), says: 'unknown', process: { generation: 'second' } },
    'instance_ended',
  ],
  ['one that its instance kept and forgot has failed', { says: 'unknown' }, 'forgotten'],
  ['one whose instance does not live has failed', { process: null, says: null }, 'instance_ended'],
  [
    'one of a temporary instance that is gone has failed with it',
    { process: null, says: null, isTemporary: true },
    'temporary_ended',
  ],
  ['one of a program that keeps none has failed', { call: call(null), says: 'not_kept' }, 'not_kept'],
  [
    'one of a runtime that did not say it keeps it is not begun again',
    { call: call(false), says: 'unknown' },
    'not_kept',
  ],
  ['one whose instance does not answer has failed', { says: 'unreachable' }, 'unreachable'],
]

test.each(cases)('%s', (_name, part, course) => {
  expect(continuationAfterRestart(left(part))).toBe(course)
})
