import { z } from 'zod'
import { box, label, score } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** Things in a picture, each in its box. */
export const detection = resultKind({
  data: z.array(z.object({ label, score, box })),
  drawnOnInput: true,
  task: 'object-detection',
})
