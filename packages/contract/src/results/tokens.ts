import { z } from 'zod'
import { label, score } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** Marked parts of a text. `start` and `end` are offsets in the input. */
export const tokens = resultKind({
  data: z.array(
    z.object({
      text: z.string(),
      start: z.number().int(),
      end: z.number().int(),
      label,
      score: score.optional(),
    }),
  ),
  task: 'token-classification',
})
