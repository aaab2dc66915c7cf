import type { GalleryItem, Json, PredictResponse } from '@vitrine/contract'
import { resultKinds, type ResultData } from '@vitrine/contract/results'
import { posterAtS } from '../../lib/poster-time.ts'

/** More of one output, in bytes of JSON, no cover is worth: the gallery is one answer for hundreds of algorithms. */
const largest = 16 * 1024
/** How many frames of its way a track brings along. */
const trailFrames = 40
/** As much of a text as fills a cover, in characters. */
const mostText = 400

/** Kinds that are drawn on one and the same picture. */
const drawnTogether = new Set(['detection', 'keypoints', 'segmentation'])

const isSmall = (data: Json): boolean => Buffer.byteLength(JSON.stringify(data), 'utf8') <= largest

/** The tracks that are in sight at the moment of the video's poster, each with the last part of its way to there. */
function tracksOfPoster(data: ResultData<'tracks'>): ResultData<'tracks'> {
  const moment = Math.round(posterAtS(data.frame_count / data.fps) * data.fps)
  const tracks = data.tracks.flatMap((track) => {
    const frames = track.frames.filter(
      ([frame = Number.NaN]) => frame <= moment && frame > moment - trailFrames,
    )
    return frames.some(([frame]) => frame === moment) ? [{ ...track, frames }] : []
  })
  return { ...data, tracks }
}

const forCover = (kind: string, data: Json): Json => {
  if (kind === 'text' && typeof data === 'string') return Array.from(data).slice(0, mostText).join('')
  if (kind !== 'tracks') return data
  const read = resultKinds.tracks.safeParse(data)
  return read.success ? tracksOfPoster(read.data) : data
}

/** As much of a run's result and of its input as a cover shows; null where there is nothing, or too much. */
export function coverSample(input: Json, result: PredictResponse | null): GalleryItem['sample'] {
  const [first, ...others] = result?.predictions[0]?.outputs ?? []
  if (first === undefined) return null
  const data = forCover(first.kind, first.data)
  if (!isSmall(data)) return null
  const more = drawnTogether.has(first.kind)
    ? others.filter((output) => drawnTogether.has(output.kind) && isSmall(output.data))
    : []
  return {
    input: typeof input === 'string' ? Array.from(input).slice(0, mostText).join('') : input,
    kind: first.kind,
    data,
    more: more.map((output) => ({ kind: output.kind, data: output.data })),
  }
}
