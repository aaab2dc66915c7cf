import { z } from 'zod'
import { box, label, score } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** Objects in a picture, each with its box. */
export const detection = resultKind({
  data: z.array(z.object({ label, score, box })),
  drawnOnInput: true,
  task: 'object-detection',
})
