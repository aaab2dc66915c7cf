import { expect, test } from 'vitest'
import { sharedStage } from './share.fixture.ts'
import { isShareReady, newShareForm, shareBody, shareChange, shareFormOf } from './share-form.ts'

const now = new Date('2026-01-01T00:00:00Z')
const stage = { kind: 'stage', targetId: 'one' } as const
const run = { kind: 'run', targetId: 'r' } as const

test('a link to a stage allows a limited number of runs for a limited time', () => {
  expect(shareBody(newShareForm('stage', ' Cats '), stage, now)).toEqual({
    kind: 'stage',
    target_id: 'one',
    title: 'Cats',
    text: '',
    may_run: true,
    max_runs: 100,
    expires_at: '2026-01-31T00:00:00.000Z',
  })
})

test('a recorded result can only be viewed, whatever the form says', () => {
  const form = { ...newShareForm('run', ''), mayRun: true, maxRuns: 3 }
  expect(shareBody(form, run, now)).toMatchObject({ may_run: false, max_runs: null })
})

test('a link to the page of a service has no runs', () => {
  const target = { kind: 'stage', targetId: 'one', page: true } as const
  expect(shareBody(newShareForm('stage', ''), target, now)).toMatchObject({ may_run: false, max_runs: null })
})

test('a link without runs has no number of runs, and one without an end has no date', () => {
  const form = { ...newShareForm('stage', ''), mayRun: false, days: 0 }
  expect(shareBody(form, stage, now)).toMatchObject({ may_run: false, max_runs: null, expires_at: null })
})

test.each([
  ['', true],
  ['abc', false],
  ['abcd', true],
])('a password of %j can be sent: %s', (password, ready) => {
  const form = { ...newShareForm('run', ''), password }
  expect(isShareReady(form)).toBe(ready)
  expect('password' in shareBody(form, run, now)).toBe(password !== '')
})

test('a change has only what the person touched', () => {
  expect(shareChange(shareFormOf(sharedStage), sharedStage, now)).toEqual({})
  const form = { ...shareFormOf(sharedStage), title: ' Dogs ', days: 7, maxRuns: null }
  expect(shareChange(form, sharedStage, now)).toEqual({
    title: 'Dogs',
    expires_at: '2026-01-08T00:00:00.000Z',
    max_runs: null,
  })
  expect(shareChange({ ...form, mayRun: false, days: 0 }, sharedStage, now)).toEqual({
    title: 'Dogs',
    expires_at: null,
    may_run: false,
  })
})

test('runs that are allowed again have the limit of before, and a usual one if there was none', () => {
  const off = { ...sharedStage, may_run: false, max_runs: 7 }
  const form = { ...shareFormOf(off), mayRun: true }
  expect(form.maxRuns).toBe(7)
  expect(shareChange(form, off, now)).toEqual({ may_run: true })
  const unlimited = { ...off, max_runs: null }
  expect(shareChange({ ...shareFormOf(unlimited), mayRun: true }, unlimited, now)).toEqual({
    may_run: true,
    max_runs: 100,
  })
})

test('a password stays, is replaced by one that is long enough, or is removed', () => {
  const form = shareFormOf(sharedStage)
  expect([form.lock, isShareReady(form, sharedStage)]).toEqual(['keep', true])
  expect(isShareReady({ ...form, lock: 'set' }, sharedStage)).toBe(false)
  const replaced = { ...form, lock: 'set', password: 'sesame' } as const
  expect(isShareReady(replaced, sharedStage)).toBe(true)
  expect(shareChange(replaced, sharedStage, now)).toEqual({ password: 'sesame' })
  const removed = { ...form, lock: 'remove', password: 'left over' } as const
  expect(shareChange(removed, sharedStage, now)).toEqual({ password: null })
  const open = { ...sharedStage, has_password: false }
  expect(isShareReady(shareFormOf(open), open)).toBe(true)
})
