import { reaches, type TrackIndex } from './track-index.ts'

/** A point of a trail, in pixels of the video. `gap`: the line is interrupted before it. */
export type TrailPoint = { x: number; y: number; gap: boolean }

/** A gap of more than this many frames is not joined by a line, because nobody knows the path in between. */
const longestGap = 15

/**
 * The index in `ofTrack` of a track's first box at or after `frame`. If there is none, the end of the track's
 * boxes.
 */
const placeFrom = (index: TrackIndex, track: number, frame: number): number => {
  let low = index.trackStarts[track] ?? 0
  let high = index.trackStarts[track + 1] ?? low
  while (low < high) {
    const middle = (low + high) >> 1
    if ((index.frames[index.ofTrack[middle] ?? 0] ?? 0) < frame) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * The path of a track in the last `length` frames, as the foot points of its boxes (middle of the lower
 * edge). The last point is at `frame`.
 */
export const trailOf = (
  index: TrackIndex,
  { track, frame, length, threshold }: { track: number; frame: number; length: number; threshold: number },
): TrailPoint[] => {
  const points: TrailPoint[] = []
  let before = -1
  const end = placeFrom(index, track, frame + 1)
  for (let place = placeFrom(index, track, frame - length); place < end; place++) {
    const box = index.ofTrack[place] ?? 0
    if (!reaches(index.scores[box], threshold)) continue
    const [x = 0, y = 0, width = 0, height = 0] = index.boxes.subarray(box * 4, box * 4 + 4)
    const at = index.frames[box] ?? 0
    points.push({ x: x + width / 2, y: y + height, gap: before < 0 || at - before > longestGap })
    before = at
  }
  return points
}
