import { expect, test } from 'vitest'
import { closingLine, skippedLines, slowestLines } from './test-numbers.mjs'

/** A file in vitest's report, with its tests by name and status, and its duration. */
const file = (name: string, tests: Record<string, string>, ms = 0) => ({
  name,
  startTime: 0,
  endTime: ms,
  status: Object.values(tests).includes('failed') ? 'failed' : 'passed',
  assertionResults: Object.entries(tests).map(([fullName, status]) => ({ fullName, status })),
})
const broken = { ...file('broken.test.ts', {}), status: 'failed' }

test('the closing line counts skipped tests if there are any, and a file that could not be loaded as a failure', () => {
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

test('the slowest files are named, the slowest first', () => {
  const took = (name: string, seconds: number) => file(name, {}, seconds * 1000)
  const lines = slowestLines({
    testResults: [1, 5, 3, 2, 6, 4].map((seconds) => took(`${seconds}.test.ts`, seconds)),
  })
  expect(lines).toEqual([6, 5, 4, 3, 2].map((seconds) => `slow: ${seconds} s ${seconds}.test.ts`))
})
