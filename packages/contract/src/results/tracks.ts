import { z } from 'zod'
import { posterAtS } from '../poster-time.ts'
import { label } from './parts.ts'
import { resultKind } from './result-kind.ts'

const track = z.object({
  id: z.union([z.number(), z.string()]),
  label,
  frames: z.array(z.array(z.number()).min(5)).describe('[frame, x, y, w, h, confidence]'),
})

/** How many past frames of a track a cover shows. */
const trailFrames = 40

/** Objects that are tracked through a video. */
export const tracks = resultKind({
  data: z.object({
    fps: z.number().positive(),
    frame_count: z.number().int(),
    width: z.number(),
    height: z.number(),
    tracks: z.array(track),
  }),
  task: 'video-object-tracking',
  // The tracks that are visible at the time of the video's poster, each with the last part of its path.
  coverData: (data) => {
    const moment = Math.round(posterAtS(data.frame_count / data.fps) * data.fps)
    const inSight = data.tracks.flatMap((each) => {
      const frames = each.frames.filter(
        ([frame = Number.NaN]) => frame <= moment && frame > moment - trailFrames,
      )
      return frames.some(([frame]) => frame === moment) ? [{ ...each, frames }] : []
    })
    return { ...data, tracks: inSight }
  },
})
