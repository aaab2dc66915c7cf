import type { ResultData } from '@vitrine/contract/results'
import { countMatch, matchBoxes, type BoxCounts, type BoxedThing } from '../../differences/boxes.ts'

type Tracks = ResultData<'tracks'>
/** The boxes of two sets of tracks, compared frame by frame, and the number of things that each followed. */
export type TrackDifference = { counts: BoxCounts; base: number; other: number; frames: number }

const boxesByFrame = ({ tracks }: Tracks): Map<number, BoxedThing[]> => {
  const frames = new Map<number, BoxedThing[]>()
  for (const { label, frames: places } of tracks) {
    for (const [frame = 0, x = 0, y = 0, width = 0, height = 0] of places) {
      const thing = { label, box: { xmin: x, ymin: y, xmax: x + width, ymax: y + height } }
      const there = frames.get(frame)
      if (there === undefined) frames.set(frame, [thing])
      else there.push(thing)
    }
  }
  return frames
}

/**
 * Compares what two results show in each frame. Track ids are not compared, because each algorithm chooses
 * its own.
 */
export const compareTracks = (base: Tracks, other: Tracks): TrackDifference => {
  const [before, after] = [boxesByFrame(base), boxesByFrame(other)]
  const counts: BoxCounts = { same: 0, moved: 0, relabelled: 0, onlyBase: 0, onlyOther: 0 }
  const frames = new Set([...before.keys(), ...after.keys()])
  for (const frame of frames) {
    const here = countMatch(matchBoxes(before.get(frame) ?? [], after.get(frame) ?? []))
    counts.same += here.same
    counts.moved += here.moved
    counts.relabelled += here.relabelled
    counts.onlyBase += here.onlyBase
    counts.onlyOther += here.onlyOther
  }
  return { counts, base: base.tracks.length, other: other.tracks.length, frames: frames.size }
}
