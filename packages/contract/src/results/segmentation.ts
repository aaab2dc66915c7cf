import { z } from 'zod'
import { label, score } from './parts.ts'
import { resultKind } from './result-kind.ts'

const runLengths = z.object({ size: z.tuple([z.number(), z.number()]), counts: z.array(z.number()) })

/** Areas of a picture. Each has a mask, as run lengths (COCO, uncompressed) or as a picture. */
export const segmentation = resultKind({
  data: z.array(z.object({ label, score, mask: z.union([z.string(), runLengths]) })),
  drawnOnInput: true,
  task: 'image-segmentation',
})
