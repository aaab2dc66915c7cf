import { describe, expect, test } from 'vitest'
import type { ResultData } from '@vitrine/contract/results'
import { presenceOf, presenceOfTrack, representativeFrame } from './presence.ts'
import { boxesAt, confidenceRange, indexTracks, trackAtPoint } from './track-index.ts'
import { trackFrameOf, trackRates, videoFrameOf } from './track-rate.ts'
import { trailOf } from './trails.ts'

const dataOf = (tracks: ResultData<'tracks'>['tracks'], frameCount = 100): ResultData<'tracks'> => ({
  fps: 25,
  frame_count: frameCount,
  width: 640,
  height: 480,
  tracks,
})
const two = dataOf([
  {
    id: 7,
    label: 'person',
    frames: [
      [3, 30, 40, 10, 20, 0.9],
      [1, 10, 40, 10, 20, 0.4],
      [2, 20, 40, 10, 20, 0.8],
    ],
  },
  {
    id: 'b',
    label: 'dog',
    frames: [
      [2, 22, 45, 4, 5],
      [60, 0, 0, 5, 5, 0.6],
    ],
  },
])

describe('tracks by frame', () => {
  test('are the boxes of exactly that frame, whatever their order in the data', () => {
    const index = indexTracks(two)
    expect(boxesAt(index, 0, 0)).toEqual([])
    const second = boxesAt(index, 2, 0)
    expect(second.map((place) => index.tracks[index.owners[place] ?? -1]?.id)).toEqual(['7', 'b'])
    expect([...index.boxes.subarray((second[0] ?? 0) * 4, (second[0] ?? 0) * 4 + 4)]).toEqual([
      20, 40, 10, 20,
    ])
    expect(boxesAt(index, 60, 0)).toHaveLength(1)
    expect(boxesAt(index, 61, 0)).toEqual([])
    expect(boxesAt(index, 5_000, 0)).toEqual([])
  })

  test('know when each track is visible', () => {
    expect(indexTracks(two).tracks).toEqual([
      { id: '7', label: 'person', boxes: 3, first: 1, last: 3 },
      { id: 'b', label: 'dog', boxes: 2, first: 2, last: 60 },
    ])
  })

  test('leave out boxes below the threshold, but never those without a confidence', () => {
    const index = indexTracks(two)
    expect(boxesAt(index, 1, 0.5)).toEqual([])
    expect(boxesAt(index, 2, 0.99).map((place) => index.owners[place])).toEqual([1])
    expect(confidenceRange(index)).toEqual({ min: 0, max: 1, step: 0.01 })
    expect(
      confidenceRange(indexTracks(dataOf([{ id: 1, label: 'a', frames: [[0, 1, 1, 1, 1]] }]))),
    ).toBeNull()
  })

  test('include frames after the stated number, as in a growing result, and skip invalid ones', () => {
    const index = indexTracks(
      dataOf([
        {
          id: 1,
          label: 'a',
          frames: [
            [120, 0, 0, 1, 1],
            [-1, 0, 0, 1, 1],
            [2.5, 0, 0, 1, 1],
            [1e12, 0, 0, 1, 1],
          ],
        },
      ]),
    )
    expect(index.frameCount).toBe(121)
    expect(index.skipped).toBe(3)
    expect(boxesAt(index, 120, 0)).toHaveLength(1)
  })

  test('are empty if nothing was found', () => {
    const index = indexTracks(dataOf([], 0))
    expect(index.frameCount).toBe(0)
    expect(boxesAt(index, 0, 0)).toEqual([])
    expect([...presenceOf(index, 4, 0)]).toEqual([0, 0, 0, 0])
  })

  test('are indexed in well under the time of one drawing, for an hour with ten people', () => {
    const frames = Array.from({ length: 90_000 }, (_, frame) => [frame, frame % 600, 100, 40, 80, 0.8])
    const data = dataOf(
      Array.from({ length: 10 }, (_, id) => ({ id, label: 'person', frames })),
      90_000,
    )
    const index = indexTracks(data)
    expect(index.starts.at(-1)).toBe(900_000)
    expect(boxesAt(index, 89_999, 0.5)).toHaveLength(10)
  })

  test('are found under a pointer, the smaller of two first', () => {
    const index = indexTracks(two)
    expect(trackAtPoint(index, { frame: 2, threshold: 0, x: 24, y: 47 })).toBe(1)
    expect(trackAtPoint(index, { frame: 2, threshold: 0, x: 29, y: 58 })).toBe(0)
    expect(trackAtPoint(index, { frame: 2, threshold: 0, x: 300, y: 300 })).toBeNull()
  })
})

describe('a trail', () => {
  test('shows where the feet were, up to the shown frame and not further', () => {
    expect(trailOf(indexTracks(two), { track: 0, frame: 2, length: 10, threshold: 0 })).toEqual([
      { x: 15, y: 60, gap: true },
      { x: 25, y: 60, gap: false },
    ])
  })

  test('is as long as requested, and leaves out boxes below the threshold', () => {
    const index = indexTracks(two)
    expect(trailOf(index, { track: 0, frame: 3, length: 1, threshold: 0 }).map(({ x }) => x)).toEqual([
      25, 35,
    ])
    expect(trailOf(index, { track: 0, frame: 3, length: 10, threshold: 0.5 }).map(({ x }) => x)).toEqual([
      25, 35,
    ])
  })

  test('is interrupted where the thing was not seen for long', () => {
    const trail = trailOf(indexTracks(two), { track: 1, frame: 60, length: 90, threshold: 0 })
    expect(trail.map(({ gap }) => gap)).toEqual([true, true])
  })
})

describe('presence over time', () => {
  test('is the greatest number at one time in each part', () => {
    expect([...presenceOf(indexTracks(two), 4, 0)]).toEqual([2, 0, 1, 0])
  })

  test('of one track says where it is visible', () => {
    expect([...presenceOfTrack(indexTracks(two), { track: 1, bins: 4, threshold: 0 })]).toEqual([1, 0, 1, 0])
    expect([...presenceOfTrack(indexTracks(two), { track: 0, bins: 4, threshold: 0.95 })]).toEqual([
      0, 0, 0, 0,
    ])
  })
})

describe('the rate of tracks', () => {
  test('is the video’s if the algorithm rounded it', () => {
    expect(trackRates(30, 30_000 / 1001)).toMatchObject({ tracks: 30_000 / 1001, same: true })
    expect(trackRates(29.97, 30_000 / 1001).same).toBe(true)
    expect(trackRates(25, null)).toEqual({ video: 25, tracks: 25, same: true })
  })

  test('is the algorithm’s if it processed fewer frames: the last processed frame is drawn', () => {
    const rates = trackRates(5, 25)
    expect(rates.same).toBe(false)
    expect([0, 4, 5, 9, 10].map((shown) => trackFrameOf(shown, rates))).toEqual([0, 0, 1, 1, 2])
    expect([0, 1, 2].map((frame) => videoFrameOf(frame, rates))).toEqual([0, 5, 10])
    for (let frame = 0; frame < 500; frame++)
      expect(trackFrameOf(videoFrameOf(frame, rates), rates)).toBe(frame)
  })
})

test('the best frame shows many things that are far from each other', () => {
  expect(representativeFrame(indexTracks(dataOf([])), 640)).toBe(0)
  const crowd = [0, 1, 2, 3].map((id) => ({
    id,
    label: 'person',
    // Together at first, and apart from frame 20 on. The last one leaves at frame 30.
    frames: Array.from({ length: id === 3 ? 30 : 50 }, (_, at) => [at, at < 20 ? id : id * 150, 0, 5, 5]),
  }))
  expect(representativeFrame(indexTracks(dataOf(crowd)), 640)).toBe(20)
})

test('only some frames of a long video are checked', () => {
  const track = { id: 1, label: 'person', frames: [[200_000, 0, 0, 5, 5]] }
  expect(representativeFrame(indexTracks(dataOf([track], 400_000)), 640)).toBe(200_000)
})
