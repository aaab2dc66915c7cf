import { expect, test } from 'vitest'
import { bestTimes } from './best-times.ts'
import { runWith } from './run.fixture.ts'

/** Columns with these settings and durations. */
const best = (...columns: [string, number | null][]) =>
  bestTimes(
    columns.map(([top]) => runWith({ parameters: { top } })),
    columns.map(([, seconds]) => seconds),
  )

test.each<[string, [string, number | null][], number[]]>([
  [
    'the clearly shortest duration is the best',
    [
      ['a', 2],
      ['b', 1],
      ['c', 3],
    ],
    [1],
  ],
  [
    'a duration that is not half as long again is not worse',
    [
      ['a', 1],
      ['b', 1.5],
    ],
    [],
  ],
  [
    'durations that cannot be told apart are the best together',
    [
      ['a', 1.4],
      ['b', 1],
      ['c', 3],
    ],
    [0, 1],
  ],
  [
    'a row of small differences has no best',
    [
      ['a', 1],
      ['b', 1.4],
      ['c', 1.9],
    ],
    [],
  ],
  [
    'some milliseconds are noise, whatever part they are',
    [
      ['a', 0.002],
      ['b', 0.05],
    ],
    [],
  ],
  [
    'a column without a duration is left out',
    [
      ['a', 1],
      ['b', null],
      ['c', 2],
    ],
    [0],
  ],
  [
    'one column alone is not the best',
    [
      ['a', 1],
      ['b', null],
    ],
    [],
  ],
  [
    'a column is not better than one with the same settings',
    [
      ['a', 1],
      ['a', 2],
    ],
    [],
  ],
  [
    'as much as the same settings differ, others may too',
    [
      ['a', 1],
      ['a', 2],
      ['b', 3.5],
    ],
    [],
  ],
  [
    'what differs by more than the same settings do is told',
    [
      ['a', 1],
      ['a', 2],
      ['b', 5],
    ],
    [0, 1],
  ],
])('%s', (_name, columns, expected) => expect(best(...columns)).toEqual(expected))

test('the same parameters of another release are other settings', () => {
  const runs = [runWith({ release: 1 }), runWith({ release: 2 })]
  expect(bestTimes(runs, [1, 2])).toEqual([0])
})

test('parameters in another order are the same settings', () => {
  const runs = [runWith({ parameters: { a: 1, b: 2 } }), runWith({ parameters: { b: 2, a: 1 } })]
  expect(bestTimes(runs, [1, 2])).toEqual([])
})
