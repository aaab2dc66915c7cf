import { boxesAt, reaches, type TrackIndex } from './track-index.ts'

/** How many things are seen in each of `bins` equal parts of the video, at most at one time in the part. */
export const presenceOf = (index: TrackIndex, bins: number, threshold: number): Uint16Array => {
  const most = new Uint16Array(bins)
  for (let frame = 0; frame < index.frameCount; frame++) {
    const bin = Math.floor((frame * bins) / index.frameCount)
    most[bin] = Math.max(most[bin] ?? 0, boxesAt(index, frame, threshold).length)
  }
  return most
}

/** The parts in which one track is seen, 1 or 0. */
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
