import { expect, test } from 'vitest'
import { boxSpace } from './box-space.ts'

test('boxes are in the video’s own pixels, even if a row or column was added for H.264', () => {
  expect(boxSpace({ width: 641, height: 359 }, { width: 642, height: 360 })).toEqual({
    width: 642,
    height: 360,
  })
  expect(boxSpace({ width: 640, height: 360 }, { width: 640, height: 360 })).toEqual({
    width: 640,
    height: 360,
  })
})

test('boxes of an algorithm that processed a smaller copy are scaled to the video', () => {
  expect(boxSpace({ width: 320, height: 180 }, { width: 640, height: 360 })).toEqual({
    width: 320,
    height: 180,
  })
})

test('there is always a size to draw in', () => {
  expect(boxSpace({ width: 0, height: 0 }, null)).toEqual({ width: 16, height: 9 })
  expect(boxSpace({ width: 0, height: 0 }, { width: 640, height: 360 })).toEqual({ width: 640, height: 360 })
})
