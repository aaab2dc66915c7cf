import { expect, test } from 'vitest'
import { stageParts } from './stage-parts.ts'

const phone = { narrow: true, hasExamples: true, hasRun: false, first: 'give' } as const

test('on a phone, the result is seen before the input', () => {
  expect(stageParts(phone)).toEqual(['examples', 'see', 'give'])
  expect(stageParts({ ...phone, hasExamples: false, hasRun: true })).toEqual(['examples', 'see', 'give'])
})

test('on a phone, an empty result does not stand in front of the input', () => {
  expect(stageParts({ ...phone, hasExamples: false })).toEqual(['give', 'see'])
})

test('side by side, each page has its own order', () => {
  expect(stageParts({ ...phone, narrow: false })).toEqual(['give', 'see'])
  expect(stageParts({ ...phone, narrow: false, hasExamples: false, first: 'see' })).toEqual(['see', 'give'])
})
