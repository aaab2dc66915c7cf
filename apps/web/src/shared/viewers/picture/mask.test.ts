import { describe, expect, test } from 'vitest'
import { decodeRunLengths, middleOf, strengthsOf } from './mask.ts'

describe('run lengths', () => {
  test('go down the columns, unmarked pixels first', () => {
    // Two rows and three columns: the lower left pixel and the whole middle column are marked.
    const read = decodeRunLengths({ size: [2, 3], counts: [1, 3, 2] })
    expect(read).toEqual({
      ok: true,
      mask: { width: 3, height: 2, bits: Uint8Array.from([0, 1, 0, 1, 1, 0]) },
    })
  })

  test('may begin with marked pixels', () => {
    const read = decodeRunLengths({ size: [1, 2], counts: [0, 2] })
    expect(read.ok && [...read.mask.bits]).toEqual([1, 1])
  })

  test.each([
    [{ size: [2, 3], counts: [1, 3] }, 'field.mask_pixels'],
    [{ size: [2, 3], counts: [1, 6, -1] }, 'field.mask_counts'],
    [{ size: [0, 3], counts: [] }, 'field.mask_size'],
    [{ size: [1e6, 1e6], counts: [1e12] }, 'field.mask_size'],
    [{ size: [1.5, 2], counts: [3] }, 'field.mask_size'],
  ] satisfies [{ size: [number, number]; counts: number[] }, string][])(
    'that do not fit are refused: %j',
    (runs, why) => {
      const read = decodeRunLengths(runs)
      expect(read.ok ? '' : read.problem.rule).toBe(why)
    },
  )
})

test('the middle of a mask is the mean of its pixels, in pixels of the picture', () => {
  const mask = { width: 4, height: 2, bits: Uint8Array.from([0, 0, 1, 1, 0, 0, 1, 1]) }
  expect(middleOf(mask, { width: 40, height: 20 })).toEqual({ x: 30, y: 10 })
  expect(middleOf({ width: 1, height: 1, bits: Uint8Array.from([0]) }, { width: 9, height: 9 })).toBeNull()
})

describe('a mask that is a picture', () => {
  test('is read by its brightness if nothing in it is transparent', () => {
    expect([...strengthsOf(Uint8ClampedArray.from([255, 255, 255, 255, 0, 0, 0, 255]))]).toEqual([255, 0])
  })

  test('is otherwise read by its transparency, whatever its colour', () => {
    expect([...strengthsOf(Uint8ClampedArray.from([0, 0, 0, 200, 9, 9, 9, 0]))]).toEqual([200, 0])
  })
})
