import { expect, test } from 'vitest'
import { chartSheet } from './chart-sheet.ts'

test('series with the same places have a column each, empty where one has no point', () => {
  const sheet = chartSheet({
    type: 'line',
    x: { title: '月份' },
    series: [
      {
        name: '华东',
        points: [
          ['一月', 3],
          ['二月', 4],
        ],
      },
      {
        name: '华北',
        points: [
          ['二月', 5],
          ['三月', 6],
        ],
      },
    ],
  })
  expect(sheet).toEqual({
    head: ['月份', '华东', '华北'],
    rows: [
      ['一月', 3, null],
      ['二月', 4, 5],
      ['三月', null, 6],
    ],
  })
})

test('points of one series at the same place are rows of their own', () => {
  const sheet = chartSheet({
    type: 'scatter',
    series: [
      {
        name: 'a',
        points: [
          [1, 2],
          [1, 3],
        ],
      },
    ],
  })
  expect(sheet).toEqual({
    head: ['', 'x', 'y'],
    rows: [
      ['a', 1, 2],
      ['a', 1, 3],
    ],
  })
})

test('a chart without points has no sheet', () => {
  expect(chartSheet({ type: 'bar', series: [{ name: 'a', points: [] }] })).toBeNull()
})
