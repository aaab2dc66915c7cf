import { z } from 'zod'
import { score } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** The speech in a recording. Times are in seconds. */
export const transcript = resultKind({
  data: z.object({
    text: z.string(),
    language: z.string().optional(),
    chunks: z.array(
      z.object({ text: z.string(), start: z.number(), end: z.number(), score: score.optional() }),
    ),
  }),
  task: 'automatic-speech-recognition',
})
