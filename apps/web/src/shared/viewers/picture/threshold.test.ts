import { describe, expect, test } from 'vitest'
import { anchorOf, extentOf, type Layer, type Shape } from './layer.ts'
import { tagsOf } from './tags.ts'
import { labelCounts, scoreRange, visibleShapes } from './threshold.ts'

const shape = (change: Partial<Shape>): Shape => ({
  id: 'a',
  label: 'cat',
  score: 0.5,
  box: { xmin: 10, ymin: 20, xmax: 110, ymax: 60 },
  points: [],
  edges: [],
  ...change,
})
const layer = (...shapes: Shape[]): Layer => ({ name: 'l', kind: 'detection', shapes })
const all = { threshold: 0, hiddenLabels: new Set<string>() }

describe('the threshold', () => {
  const layers = [
    layer(shape({ id: 'low', score: 0.2 }), shape({ id: 'none', score: null })),
    layer(shape({ id: 'high', score: 0.9, label: 'dog' })),
  ]

  test('keeps shapes that reach it, in all layers, and shapes without a score', () => {
    const ids = (threshold: number) => visibleShapes(layers, { ...all, threshold }).map(({ id }) => id)
    expect(ids(0)).toEqual(['low', 'none', 'high'])
    expect(ids(0.2)).toEqual(['low', 'none', 'high'])
    expect(ids(0.5)).toEqual(['none', 'high'])
    expect(ids(1)).toEqual(['none'])
  })

  test('works together with hidden labels', () => {
    expect(
      visibleShapes(layers, { threshold: 0.1, hiddenLabels: new Set(['cat']) }).map(({ id }) => id),
    ).toEqual(['high'])
  })

  test('removes weak points and the edges that end in them, and numbers the others again', () => {
    const point = (name: string, score: number | null) => ({ name, x: 0, y: 0, score })
    const body = shape({
      score: 0.9,
      box: null,
      points: [point('weak', 0.1), point('left', 0.9), point('sure', null), point('right', 0.8)],
      edges: [
        [0, 1],
        [1, 2],
        [2, 3],
      ],
    })
    const [seen] = visibleShapes([layer(body)], { ...all, threshold: 0.5 })
    expect(seen?.points.map(({ name }) => name)).toEqual(['left', 'sure', 'right'])
    expect(seen?.edges).toEqual([
      [0, 1],
      [1, 2],
    ])
    expect(body.points).toHaveLength(4)
  })

  test('goes from 0 to 1, or as far as the scores go, and is absent without scores', () => {
    expect(scoreRange(layers)).toEqual({ min: 0, max: 1, step: 0.01 })
    expect(scoreRange([layer(shape({ score: 87.5 }), shape({ score: -3 }))])).toEqual({
      min: -3,
      max: 88,
      step: 0.91,
    })
    expect(scoreRange([layer(shape({ score: null }))])).toBeNull()
    expect(scoreRange([])).toBeNull()
  })

  test('keeps all labels in the legend and counts the shapes that remain', () => {
    expect(labelCounts(layers, 0.5)).toEqual([
      { label: 'cat', count: 1 },
      { label: 'dog', count: 1 },
    ])
    expect(labelCounts(layers, 0.95)).toEqual([
      { label: 'cat', count: 1 },
      { label: 'dog', count: 0 },
    ])
  })
})

test('a label counts as often as in the layer that has most of it, because layers show the same things', () => {
  const outline = shape({ id: 'o', box: null, points: [{ name: 'p', x: 50, y: 30, score: null }] })
  const layers = [layer(shape({ id: '1' }), shape({ id: '2' })), layer(outline)]
  expect(labelCounts(layers, 0)).toEqual([{ label: 'cat', count: 2 }])
})

describe('labels on the picture', () => {
  const size = { width: 200, height: 100 }
  const at = (x: number, y: number, label = 'cat') =>
    shape({ id: `p${x}`, label, box: null, points: [{ name: 'p', x, y, score: null }] })

  test('are at their shapes, in percent of the picture, or below the edge if there is no room above', () => {
    expect(tagsOf([shape({})], size)).toEqual([
      { id: 'a', text: 'cat', score: '50%', below: false, position: { top: '20%', left: '5%' } },
    ])
    const high = shape({ box: { xmin: 10, ymin: 2, xmax: 50, ymax: 60 } })
    expect(tagsOf([high], size)[0]?.below).toBe(true)
  })

  test('are below points, so that they cover no face, and above if there is no room below', () => {
    expect(tagsOf([at(10, 2)], size)[0]?.below).toBe(true)
    expect(tagsOf([at(10, 98)], size)[0]?.below).toBe(false)
  })

  test('near the right edge are aligned to it, so that they are not cut off', () => {
    expect(tagsOf([at(190, 50)], size)[0]?.position).toEqual({ top: '50%', right: '0%' })
  })

  test('are not repeated for points within a box of the same label', () => {
    const ids = (...shapes: Shape[]) => tagsOf(shapes, size).map(({ id }) => id)
    expect(ids(shape({}), at(50, 30))).toEqual(['a'])
    expect(ids(shape({}), at(50, 30, 'dog'))).toEqual(['a', 'p50'])
    expect(ids(shape({}), at(150, 30))).toEqual(['a', 'p150'])
  })

  test('have no percentage without a score', () => {
    expect(tagsOf([shape({ score: null }), shape({ score: 7 })], size).map(({ score }) => score)).toEqual([
      '',
      '',
    ])
  })
})

test('without a picture the drawing is as large as its content', () => {
  const points = [{ name: 'p', x: 300, y: 5, score: null }]
  expect(extentOf([layer(shape({}), shape({ box: null, points }))])).toEqual({ width: 300, height: 60 })
  expect(extentOf([])).toEqual({ width: 1, height: 1 })
})

test('a label is at the upper left corner of its box, else at the lowest point', () => {
  const points = [
    { name: 'low', x: 1, y: 50, score: null },
    { name: 'top', x: 2, y: 5, score: null },
  ]
  expect(anchorOf(shape({}), { width: 100, height: 100 })).toEqual({ x: 10, y: 20 })
  expect(anchorOf(shape({ box: null, points }), { width: 100, height: 100 })).toMatchObject({ x: 1, y: 50 })
  expect(anchorOf(shape({ box: null }), { width: 100, height: 100 })).toBeNull()
})
