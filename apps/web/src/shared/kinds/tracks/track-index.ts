import type { ResultData } from '@vitrine/contract/results'
import { scoreRangeOf, type ScoreRange } from '../../viewers/score-range.ts'

/** One thing that was followed. `first` and `last` are frame numbers. */
export type Track = { id: string; label: string; first: number; last: number; boxes: number }

/**
 * Tracks by frame. The index is built once and read sixty times a second. The boxes of frame f are those from
 * `starts[f]` up to, but not including, `starts[f + 1]`, in the order of their tracks.
 */
export type TrackIndex = {
  tracks: readonly Track[]
  frameCount: number
  starts: Uint32Array
  /** For each box, the index of its track in `tracks`. */
  owners: Uint32Array
  /** For each box, its frame. */
  frames: Uint32Array
  /** Four numbers for each box: x, y, width and height, in pixels of the video. */
  boxes: Float32Array
  /** For each box, its confidence. NaN if there is none. */
  scores: Float32Array
  /**
   * The boxes of track t in order of time are `ofTrack[trackStarts[t]]` up to, but not including,
   * `ofTrack[trackStarts[t + 1]]`.
   */
  trackStarts: Uint32Array
  ofTrack: Uint32Array
  /** The number of boxes with an invalid frame: negative, not a whole number, or above `mostFrames`. */
  skipped: number
}

/** More than a day at 30 frames a second. A larger number is an error and would only fill the memory. */
const mostFrames = 3_000_000

type Data = ResultData<'tracks'>
const isFrame = (frame: number | undefined): frame is number =>
  frame !== undefined && Number.isInteger(frame) && frame >= 0 && frame < mostFrames

/** Where each group begins, from the sizes of the groups: `counts[i + 1]` is the size of group i. */
const accumulate = (counts: Uint32Array): Uint32Array => {
  for (let place = 1; place < counts.length; place++)
    counts[place] = (counts[place] ?? 0) + (counts[place - 1] ?? 0)
  return counts
}

const addOne = (counts: Uint32Array, place: number): void => {
  counts[place] = (counts[place] ?? 0) + 1
}

const sizesOf = (data: Data): { total: number; skipped: number; frameCount: number } => {
  let [total, skipped, last] = [0, 0, -1]
  for (const track of data.tracks)
    for (const [frame] of track.frames) {
      if (!isFrame(frame)) skipped++
      else {
        total++
        last = Math.max(last, frame)
      }
    }
  const told = isFrame(data.frame_count) ? data.frame_count : 0
  return { total, skipped, frameCount: Math.max(told, last + 1) }
}

/** Builds the index with a counting sort by frame, so its time is proportional to the number of boxes. */
export const indexTracks = (data: Data): TrackIndex => {
  const { total, skipped, frameCount } = sizesOf(data)
  const starts = new Uint32Array(frameCount + 1)
  const trackStarts = new Uint32Array(data.tracks.length + 1)
  data.tracks.forEach((track, place) => {
    for (const [frame] of track.frames)
      if (isFrame(frame)) {
        addOne(starts, frame + 1)
        addOne(trackStarts, place + 1)
      }
  })
  accumulate(starts)
  accumulate(trackStarts)
  const index = {
    frameCount,
    starts,
    trackStarts,
    skipped,
    owners: new Uint32Array(total),
    frames: new Uint32Array(total),
    boxes: new Float32Array(total * 4),
    scores: new Float32Array(total),
    ofTrack: new Uint32Array(total),
  }
  const filled = starts.slice()
  data.tracks.forEach((track, owner) => {
    for (const [frame, x = 0, y = 0, width = 0, height = 0, score = Number.NaN] of track.frames) {
      if (!isFrame(frame)) continue
      const place = filled[frame] ?? 0
      filled[frame] = place + 1
      index.owners[place] = owner
      index.frames[place] = frame
      index.boxes.set([x, y, width, height], place * 4)
      index.scores[place] = score
    }
  })
  // The boxes are sorted by frame now, so each track's boxes are taken in order of time.
  const taken = trackStarts.slice()
  index.owners.forEach((owner, place) => {
    index.ofTrack[taken[owner] ?? 0] = place
    addOne(taken, owner)
  })
  const tracks = data.tracks.map(({ id, label }, place): Track => {
    const from = trackStarts[place] ?? 0
    const to = trackStarts[place + 1] ?? 0
    return {
      id: String(id),
      label,
      boxes: to - from,
      first: index.frames[index.ofTrack[from] ?? 0] ?? 0,
      last: index.frames[index.ofTrack[Math.max(from, to - 1)] ?? 0] ?? 0,
    }
  })
  return { ...index, tracks }
}

/** Whether a box is shown at a threshold. A box without a confidence always is. */
export const reaches = (score: number | undefined, threshold: number): boolean =>
  score === undefined || Number.isNaN(score) || score >= threshold

/** The indexes of a frame's boxes that reach the threshold. */
export const boxesAt = (index: TrackIndex, frame: number, threshold: number): number[] => {
  const places: number[] = []
  const end = index.starts[frame + 1] ?? 0
  for (let place = index.starts[frame] ?? 0; place < end; place++)
    if (reaches(index.scores[place], threshold)) places.push(place)
  return places
}

/** The track of the smallest box in a frame that contains a point, in pixels of the video. Null if there is none. */
export const trackAtPoint = (
  index: TrackIndex,
  { frame, threshold, x, y }: { frame: number; threshold: number; x: number; y: number },
): number | null => {
  let best: { owner: number; area: number } | null = null
  for (const place of boxesAt(index, frame, threshold)) {
    const [left = 0, top = 0, width = 0, height = 0] = index.boxes.subarray(place * 4, place * 4 + 4)
    if (x < left || y < top || x > left + width || y > top + height) continue
    if (best === null || width * height < best.area)
      best = { owner: index.owners[place] ?? 0, area: width * height }
  }
  return best?.owner ?? null
}

/** The lowest and highest confidence. Null if no box has one. */
export const confidenceRange = ({ scores }: TrackIndex): ScoreRange | null => {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const score of scores) {
    if (Number.isNaN(score)) continue
    min = Math.min(min, score)
    max = Math.max(max, score)
  }
  return max < min ? null : scoreRangeOf(min, max)
}
