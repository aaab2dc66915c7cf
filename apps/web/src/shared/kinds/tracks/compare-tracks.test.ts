import { expect, test } from 'vitest'
import { compareTracks } from './compare-tracks.ts'

const tracks = (...list: { id: number; label?: string; frames: number[][] }[]) => ({
  fps: 25,
  frame_count: 10,
  width: 100,
  height: 100,
  tracks: list.map((track) => ({ label: 'person', ...track })),
})

test('boxes are compared within each frame, whatever the track ids are', () => {
  const base = tracks({
    id: 1,
    frames: [
      [0, 40, 30, 10, 10, 1],
      [1, 40, 30, 10, 10, 1],
      [2, 40, 30, 10, 10, 1],
    ],
  })
  const other = tracks(
    {
      id: 7,
      frames: [
        [0, 40, 30, 10, 10, 0.5],
        [1, 46, 30, 10, 10, 0.5],
      ],
    },
    { id: 8, frames: [[5, 40, 30, 10, 10, 1]] },
  )
  expect(compareTracks(base, other)).toEqual({
    counts: { same: 1, moved: 1, relabelled: 0, onlyBase: 1, onlyOther: 1 },
    base: 1,
    other: 2,
    frames: 4,
  })
})
