import { expect, test } from 'vitest'
import { isShareReady, newShareForm, shareBody } from './share-form.ts'

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
