import { frameAtTime } from '../../player/frames.ts'

/** Two rates count as equal within this share: 30 and 29.97 differ by 0.1 %, 24 and 25 by 4 %. */
const sameWithin = 0.005

/**
 * The frame rates for drawing tracks on a video. An algorithm often states a rounded rate. If it means the
 * video's own rate, that one is used, because boxes would otherwise drift by one frame every half minute.
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
 * The frame of the tracks to draw while the video shows its frame `shown`. If an algorithm processed fewer
 * frames than the video has, it is the last processed one.
 */
export const trackFrameOf = (
  shown: number,
  { video, tracks, same }: ReturnType<typeof trackRates>,
): number => (same ? shown : Math.max(0, Math.floor((shown / video) * tracks + 1e-6)))

/** The first frame of the video that shows a frame of the tracks. */
export const videoFrameOf = (
  frame: number,
  { video, tracks, same }: ReturnType<typeof trackRates>,
): number =>
  same ? frame : Math.max(frameAtTime(frame / tracks, video), Math.ceil((frame / tracks) * video - 1e-6))
