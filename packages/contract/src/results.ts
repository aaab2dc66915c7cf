import { z } from 'zod'
import { json } from './common.ts'

const label = z.string()
const score = z.number()

/** A box in pixels of the input, origin top left. */
export const box = z.object({ xmin: z.number(), ymin: z.number(), xmax: z.number(), ymax: z.number() })

const media = z.object({
  url: z.string(),
  mime: z.string(),
  width: z.number().optional(),
  height: z.number().optional(),
  duration_s: z.number().optional(),
})

/**
 * The data of each kind of result (algorithm contract, section 3). A viewer parses its kind with this before drawing,
 * and what does not parse is shown as a JSON tree with the reason.
 */
export const resultKinds = {
  classification: z.array(z.object({ label, score })),
  detection: z.array(z.object({ label, score, box })),
  segmentation: z.array(
    z.object({
      label,
      score,
      mask: z.union([
        z.string(),
        z.object({ size: z.tuple([z.number(), z.number()]), counts: z.array(z.number()) }),
      ]),
    }),
  ),
  keypoints: z.array(
    z.object({
      score: score.optional(),
      label: label.optional(),
      points: z.array(
        z.object({ name: z.string().optional(), x: z.number(), y: z.number(), score: score.optional() }),
      ),
      edges: z.array(z.tuple([z.number().int(), z.number().int()])).optional(),
    }),
  ),
  tracks: z.object({
    fps: z.number().positive(),
    frame_count: z.number().int(),
    width: z.number(),
    height: z.number(),
    tracks: z.array(
      z.object({
        id: z.union([z.number(), z.string()]),
        label,
        frames: z.array(z.array(z.number()).min(5)).describe('[frame, x, y, w, h, confidence]'),
      }),
    ),
  }),
  transcript: z.object({
    text: z.string(),
    language: z.string().optional(),
    chunks: z.array(
      z.object({ text: z.string(), start: z.number(), end: z.number(), score: score.optional() }),
    ),
  }),
  tokens: z.array(
    z.object({
      text: z.string(),
      start: z.number().int(),
      end: z.number().int(),
      label,
      score: score.optional(),
    }),
  ),
  table: z.object({
    columns: z.array(z.object({ name: z.string(), type: z.string().optional() })),
    rows: z.array(z.array(json)),
  }),
  chart: z.object({
    type: z.enum(['line', 'bar', 'scatter']),
    x: z.record(z.string(), json).optional(),
    y: z.record(z.string(), json).optional(),
    series: z.array(
      z.object({
        name: z.string(),
        points: z.array(z.tuple([z.union([z.number(), z.string()]), z.number()])),
      }),
    ),
  }),
  number: z.object({
    value: z.number(),
    unit: z.string().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
  }),
  image: media,
  video: media,
  audio: media,
  file: media,
  text: z.string(),
  markdown: z.string(),
  json,
} as const

/** Name of a known kind of result. */
export type ResultKind = keyof typeof resultKinds
/** Data of one kind of result. */
export type ResultData<Kind extends ResultKind> = z.infer<(typeof resultKinds)[Kind]>
/** All known kinds of result. */
export const resultKindNames = Object.keys(resultKinds)
