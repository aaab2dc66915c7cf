import { describe, expect, test } from 'vitest'
import { axisTitle, layoutChart, niceTicks, pointsNear, tickText } from './chart-layout.ts'

const size = { width: 480, height: 250 }
const none: ReadonlySet<string> = new Set()

describe('ticks of an axis', () => {
  test('are round, within the range and about as many as requested', () => {
    expect(niceTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
    expect(niceTicks(-3, 97, 5)).toEqual([0, 20, 40, 60, 80])
    expect(niceTicks(0.1, 0.3, 2)).toEqual([0.1, 0.2, 0.3])
  })

  test('exist for a range of one value', () => {
    expect(niceTicks(5, 5, 5)).toContain(5)
  })

  test('are short', () => {
    expect([0, 0.25, 1500, 25_000, 3_000_000, 0.00001].map(tickText)).toEqual([
      ...['0', '0.25', '1500', '25k', '3M', '1.0e-5'],
    ])
  })

  test('have a title where the data gives one', () => {
    expect(axisTitle({ title: 'Time' })).toBe('Time')
    expect(axisTitle({ name: 'Time', min: 0 })).toBe('Time')
    expect(axisTitle(undefined)).toBe('')
  })
})

describe('a chart', () => {
  test('places numbers in proportion', () => {
    const { series, plot } = layoutChart(
      {
        type: 'line',
        series: [
          {
            name: 'a',
            points: [
              [0, 0],
              [5, 1],
              [10, 4],
            ],
          },
        ],
      },
      size,
      none,
    )
    const [first, second, third] = series[0]?.points ?? []
    expect(first?.x).toBe(plot.left)
    expect(third?.x).toBe(plot.right)
    expect(second?.x).toBeCloseTo((plot.left + plot.right) / 2)
    expect((first?.y ?? 0) - (second?.y ?? 0)).toBeCloseTo(((second?.y ?? 0) - (third?.y ?? 0)) / 3)
  })

  test('draws bars from zero, next to each other, by name', () => {
    const layout = layoutChart(
      {
        type: 'bar',
        series: [
          {
            name: 'a',
            points: [
              ['x', 2],
              ['y', 4],
            ],
          },
          { name: 'b', points: [['x', -1]] },
        ],
      },
      size,
      none,
    )
    expect(layout.yTicks.some(({ text, at }) => text === '0' && at === layout.zero)).toBe(true)
    expect(layout.xTicks.map(({ text }) => text)).toEqual(['x', 'y'])
    const [a, b] = layout.series
    expect((b?.points[0]?.x ?? 0) - (a?.points[0]?.x ?? 0)).toBeCloseTo(layout.barWidth)
    expect(b?.points[0]?.y).toBeGreaterThan(layout.zero)
  })

  test('leaves out hidden series and keeps the places and colours of the others', () => {
    const { series } = layoutChart(
      {
        type: 'line',
        series: [
          { name: 'a', points: [[0, 1]] },
          { name: 'b', points: [[0, 2]] },
        ],
      },
      size,
      new Set(['a']),
    )
    expect(series.map(({ name, place }) => [name, place])).toEqual([['b', 1]])
  })

  test('can be empty', () => {
    expect(layoutChart({ type: 'scatter', series: [] }, size, none).series).toEqual([])
    expect(layoutChart({ type: 'bar', series: [{ name: 'a', points: [] }] }, size, none).xTicks).toEqual([])
  })

  test('names the nearest point of each series', () => {
    const layout = layoutChart(
      {
        type: 'line',
        series: [
          {
            name: 'a',
            points: [
              [0, 1],
              [10, 2],
            ],
          },
          { name: 'b', points: [[4, 7]] },
        ],
      },
      size,
      none,
    )
    expect(pointsNear(layout, layout.plot.right - 5).map(({ name, value }) => [name, value])).toEqual([
      ['a', 2],
      ['b', 7],
    ])
  })
})
