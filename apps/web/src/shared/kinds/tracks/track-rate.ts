import { frameAtTime } from '../../player/frames.ts'

/** The same rate written differently: 30 for 29.97 differs by 0.1 %, 24 from 25 by 4 %. */
const sameWithin = 0.005

/**
 * The rates that matter when tracks are drawn on a video. An algorithm often tells a rounded rate: where it means the video's own,
 * the video's counts, or boxes would drift by a frame every half minute.
 */
export const trackRates = (
  told: number,
  ofVideo: number | null,
): { video: number; tracks: number; same: boolean } => {
  if (ofVideo === null || ofVideo <= 0) return { video: told, tracks: told, same: true }
  const same = Math.abs(told / ofVideo - 1) < sameWithin
  return { video: ofVideo, tracks: same ? ofVideo : told, same }
}

/**
 * The frame of the tracks to draw while the video shows its frame `shown`. Where an algorithm looked at fewer frames than there
 * are, the last one that it had seen by then.
 */
export const trackFrameOf = (
  shown: number,
  { video, tracks, same }: ReturnType<typeof trackRates>,
): number => (same ? shown : Math.max(0, Math.floor((shown / video) * tracks + 1e-6)))

/** The frame of the video that shows a frame of the tracks first. */
export const videoFrameOf = (
  frame: number,
  { video, tracks, same }: ReturnType<typeof trackRates>,
): number =>
  same ? frame : Math.max(frameAtTime(frame / tracks, video), Math.ceil((frame / tracks) * video - 1e-6))
