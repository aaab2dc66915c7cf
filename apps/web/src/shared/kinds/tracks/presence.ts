import { boxesAt, reaches, type TrackIndex } from './track-index.ts'

/** The greatest number of things that are visible at one time, for each of `bins` equal parts of the video. */
export const presenceOf = (index: TrackIndex, bins: number, threshold: number): Uint16Array => {
  const most = new Uint16Array(bins)
  for (let frame = 0; frame < index.frameCount; frame++) {
    const bin = Math.floor((frame * bins) / index.frameCount)
    most[bin] = Math.max(most[bin] ?? 0, boxesAt(index, frame, threshold).length)
  }
  return most
}

/** For each part, whether one track is visible: 1 or 0. */
export const presenceOfTrack = (
  index: TrackIndex,
  { track, bins, threshold }: { track: number; bins: number; threshold: number },
): Uint16Array => {
  const seen = new Uint16Array(bins)
  const end = index.trackStarts[track + 1] ?? 0
  for (let place = index.trackStarts[track] ?? 0; place < end; place++) {
    const box = index.ofTrack[place] ?? 0
    if (reaches(index.scores[box], threshold))
      seen[Math.floor(((index.frames[box] ?? 0) * bins) / index.frameCount)] = 1
  }
  return seen
}

/** The most frames that are checked to find the best one. */
const mostLookedAt = 400

/**
 * How informative a frame is. Each box counts by its confidence and by its distance from the next one, up to
 * a quarter of `width`.
 */
const tellingOf = (index: TrackIndex, { frame, width }: { frame: number; width: number }): number => {
  const middles = boxesAt(index, frame, 0).map((place) => {
    const [x = 0, y = 0, w = 0, h = 0] = index.boxes.subarray(place * 4, place * 4 + 4)
    const score = index.scores[place] ?? Number.NaN
    return { x: x + w / 2, y: y + h / 2, sure: Number.isNaN(score) ? 1 : score }
  })
  return middles.reduce((sum, middle) => {
    const apart = middles.reduce(
      (least, other) =>
        other === middle ? least : Math.min(least, Math.hypot(other.x - middle.x, other.y - middle.y)),
      width / 4,
    )
    return sum + middle.sure * apart
  }, 0)
}

/**
 * The most informative frame: many boxes that are far from each other. `width` is the video's, in the pixels
 * of the boxes.
 */
export const representativeFrame = (index: TrackIndex, width: number): number => {
  const step = Math.max(1, Math.ceil(index.frameCount / mostLookedAt))
  let best = { frame: 0, telling: 0 }
  for (let frame = 0; frame < index.frameCount; frame += step) {
    const telling = tellingOf(index, { frame, width })
    if (telling > best.telling) best = { frame, telling }
  }
  return best.frame
}
