import { expect, test } from 'vitest'
import {
  afterRunningAgain,
  closingLine,
  filesToRunAgain,
  skippedLines,
  unsteadyLines,
} from './test-numbers.mjs'

/** A file as vitest reports it, with its tests by name and status. */
const file = (name: string, tests: Record<string, string>) => ({
  name,
  status: Object.values(tests).includes('failed') ? 'failed' : 'passed',
  assertionResults: Object.entries(tests).map(([fullName, status]) => ({ fullName, status })),
})
const broken = { name: 'broken.test.ts', status: 'failed', assertionResults: [] }

test('the closing line counts skipped tests where there are some, and a file that could not be loaded as a failure', () => {
  const one = file('a.test.ts', { 'a adds': 'passed', 'a fails': 'failed' })
  expect(closingLine({ testResults: [one] })).toBe('1 passed, 1 failed')
  const two = file('b.test.ts', { 'b (skipped: needs c)': 'skipped', 'b is to do': 'todo' })
  expect(closingLine({ testResults: [one, two, broken] })).toBe('1 passed, 2 failed, 2 skipped')
})

test('each skipped test is named', () => {
  const files = [
    file('a.test.ts', { 'a adds': 'passed', 'a (skipped: needs b) finds': 'skipped' }),
    file('c.test.ts', { 'c fails': 'failed', 'd is to do': 'todo' }),
  ]
  expect(skippedLines({ testResults: files })).toEqual([
    'skipped: a (skipped: needs b) finds',
    'skipped: d is to do',
  ])
})

test('a few files that failed are run again by themselves, also one that could not be loaded; many are not', () => {
  const good = file('a.test.ts', { 'a adds': 'passed' })
  const bad = (name: string) => file(name, { 'it fails': 'failed' })
  expect(filesToRunAgain({ testResults: [good] })).toEqual([])
  expect(filesToRunAgain({ testResults: [good, bad('b'), broken] })).toEqual(['b', 'broken.test.ts'])
  expect(filesToRunAgain({ testResults: ['b', 'c', 'd', 'e'].map(bad) })).toEqual([])
})

test('a file counts as it went by itself, and a test that failed only beside others is named', () => {
  const first = {
    testResults: [
      file('a.test.ts', { 'a adds': 'passed' }),
      file('b.test.ts', { 'b is quick': 'failed', 'b is right': 'failed', 'b is there': 'passed' }),
    ],
  }
  const again = {
    testResults: [
      file('b.test.ts', { 'b is quick': 'passed', 'b is right': 'failed', 'b is there': 'passed' }),
    ],
  }
  expect(closingLine(afterRunningAgain(first, again))).toBe('3 passed, 1 failed')
  expect(unsteadyLines(first, again)).toEqual([
    'unsteady: b is quick (failed beside other files, passed by itself)',
  ])
})
