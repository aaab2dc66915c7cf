import { z } from 'zod'
import { label, score } from './parts.ts'
import { resultKind } from './result-kind.ts'

const point = z.object({
  name: z.string().optional(),
  x: z.number(),
  y: z.number(),
  score: score.optional(),
})

/** Named points of objects in a picture, in its pixels. `edges` connect them by their indexes. */
export const keypoints = resultKind({
  data: z.array(
    z.object({
      score: score.optional(),
      label: label.optional(),
      points: z.array(point),
      edges: z.array(z.tuple([z.number().int(), z.number().int()])).optional(),
    }),
  ),
  drawnOnInput: true,
  task: 'keypoint-detection',
})
