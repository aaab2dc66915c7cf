import { expect, test } from 'vitest'
import { linesOf, namesOf, rowsOf, stepTimes } from './charts-view.ts'

const item = (id: string, calls: number[], errors = calls.map(() => 0)) => ({
  service_id: id,
  calls,
  errors,
  memory_bytes: calls.map(() => null),
})
const items = [
  item('a', [1, 0]),
  item('b', [5, 5]),
  item('c', [0, 0]),
  item('d', [2, 1]),
  item('e', [0, 2], [0, 2]),
]

test('the busiest services have a line each, and the others one together', () => {
  expect(linesOf(items, 'calls', 2)).toEqual([
    { id: 'b', values: [5, 5], count: 1 },
    { id: 'd', values: [2, 1], count: 1 },
    { id: null, values: [1, 2], count: 2 },
  ])
  expect(linesOf(items, 'memory_bytes', 2)).toEqual([])
})

test('where nothing was measured, the line of the others has a gap', () => {
  const memory = (id: string, memory_bytes: (number | null)[]) => ({ ...item(id, [0, 0, 0]), memory_bytes })
  const measured = [memory('a', [9, 9, 9]), memory('b', [null, 3, null]), memory('c', [null, 2, 4])]
  expect(linesOf(measured, 'memory_bytes', 1).at(-1)).toEqual({ id: null, values: [null, 5, 4], count: 2 })
})

test('services with errors are listed first, then the busiest', () => {
  expect(rowsOf(items).map(({ service_id }) => service_id)).toEqual(['e', 'b', 'd', 'a', 'c'])
})

test('steps begin at equal distances', () => {
  const since = '2026-03-01T12:00:00.000Z'
  expect(stepTimes({ since, step_s: 60, items })).toEqual([Date.parse(since), Date.parse(since) + 60_000])
  expect(stepTimes({ since, step_s: 60, items: [] })).toEqual([])
})

test('services are called by their names, and those that share one by their IDs as well', () => {
  const services = [
    { id: 'a', name: 'Shouting' },
    { id: 'b', name: 'Shouting' },
    { id: 'c', name: 'Faces' },
  ]
  expect([...namesOf(services)]).toEqual([
    ['a', 'Shouting · a'],
    ['b', 'Shouting · b'],
    ['c', 'Faces'],
  ])
})
