import { describe, expect, test } from 'vitest'
import { countMatch, iou, matchBoxes, type Box } from './boxes.ts'

const box = (xmin: number, ymin: number, xmax: number, ymax: number): Box => ({ xmin, ymin, xmax, ymax })
const thing = (label: string, ...sides: [number, number, number, number]) => ({ label, box: box(...sides) })

describe('the overlap of two boxes', () => {
  test.each([
    ['the same box', box(0, 0, 10, 10), box(0, 0, 10, 10), 1],
    ['half of it', box(0, 0, 10, 10), box(0, 0, 10, 5), 0.5],
    ['moved by half its width', box(0, 0, 10, 10), box(5, 0, 15, 10), 1 / 3],
    ['side by side', box(0, 0, 10, 10), box(10, 0, 20, 10), 0],
    ['apart in both directions', box(0, 0, 1, 1), box(5, 5, 6, 6), 0],
    ['without extent', box(3, 3, 3, 3), box(3, 3, 3, 3), 0],
    ['turned inside out', box(10, 10, 0, 0), box(0, 0, 10, 10), 0],
  ])('%s', (_name, a, b, expected) => {
    expect(iou(a, b)).toBeCloseTo(expected)
    expect(iou(b, a)).toBeCloseTo(expected)
  })
})

describe('boxes of two results', () => {
  test.each([
    [
      'in the same place are the same',
      [thing('cat', 0, 0, 10, 10)],
      [thing('cat', 1, 0, 10, 10)],
      { same: 1 },
    ],
    [
      'a little elsewhere have moved',
      [thing('cat', 0, 0, 10, 10)],
      [thing('cat', 6, 0, 16, 10)],
      { moved: 1 },
    ],
    [
      'far apart are two things',
      [thing('cat', 0, 0, 10, 10)],
      [thing('cat', 50, 50, 60, 60)],
      { onlyBase: 1, onlyOther: 1 },
    ],
    [
      'in the same place under another label are relabelled',
      [thing('cat', 0, 0, 10, 10)],
      [thing('dog', 0, 0, 10, 10)],
      { relabelled: 1 },
    ],
    [
      'under another label that overlap little are two things',
      [thing('cat', 0, 0, 10, 10)],
      [thing('dog', 6, 0, 16, 10)],
      { onlyBase: 1, onlyOther: 1 },
    ],
    ['that one result alone has', [], [thing('cat', 0, 0, 1, 1), thing('cat', 0, 0, 1, 1)], { onlyOther: 2 }],
  ])('%s', (_name, base, other, expected) => {
    const none = { same: 0, moved: 0, relabelled: 0, onlyBase: 0, onlyOther: 0 }
    expect(countMatch(matchBoxes(base, other))).toEqual({ ...none, ...expected })
  })

  test('are paired by the greatest overlap, and each is used once', () => {
    const base = [thing('cat', 0, 0, 10, 10), thing('cat', 8, 0, 18, 10)]
    const other = [thing('cat', 7, 0, 17, 10), thing('cat', 1, 0, 11, 10)]
    const { pairs } = matchBoxes(base, other)
    expect(pairs.map((pair) => [pair.base, pair.other]).sort()).toEqual([
      [0, 1],
      [1, 0],
    ])
  })

  test('are paired within their label even if another box overlaps more', () => {
    const { pairs, onlyOther } = matchBoxes(
      [thing('cat', 0, 0, 10, 10)],
      [thing('dog', 0, 0, 10, 10), thing('cat', 2, 0, 12, 10)],
    )
    expect(pairs).toMatchObject([{ base: 0, other: 1, state: 'same' }])
    expect(onlyOther).toEqual([0])
  })
})
