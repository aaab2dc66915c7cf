import type { z } from 'zod'
import { audio } from './results/audio.ts'
import { chart } from './results/chart.ts'
import { classification } from './results/classification.ts'
import { depth } from './results/depth.ts'
import { detection } from './results/detection.ts'
import { file } from './results/file.ts'
import { image } from './results/image.ts'
import { json } from './results/json.ts'
import { keypoints } from './results/keypoints.ts'
import { markdown } from './results/markdown.ts'
import { number } from './results/number.ts'
import { segmentation } from './results/segmentation.ts'
import { table } from './results/table.ts'
import { text } from './results/text.ts'
import { tokens } from './results/tokens.ts'
import { tracks } from './results/tracks.ts'
import { transcript } from './results/transcript.ts'
import { video } from './results/video.ts'

/**
 * All kinds of result (algorithm contract, section 3). This is the only list; everything else is derived from
 * it. A page checks the data of an output with the schema of its kind. Invalid data is shown as a JSON tree
 * with the reason.
 */
export const resultKinds = {
  classification,
  detection,
  segmentation,
  keypoints,
  depth,
  tracks,
  transcript,
  tokens,
  table,
  chart,
  number,
  image,
  video,
  audio,
  file,
  text,
  markdown,
  json,
} as const

/** Name of a known kind of result. */
export type ResultKind = keyof typeof resultKinds
/** Data of one kind of result. */
export type ResultData<Kind extends ResultKind> = z.infer<(typeof resultKinds)[Kind]['data']>

/** Whether a kind of result is known. */
export const isResultKind = (kind: string): kind is ResultKind => Object.hasOwn(resultKinds, kind)
/** Names of all known kinds of result. */
export const resultKindNames: readonly ResultKind[] = Object.keys(resultKinds).filter(isResultKind)
/** Names of the kinds that values of foreign programs can become. */
export const foreignKindNames = resultKindNames.filter((kind) => resultKinds[kind].foreign !== null)
