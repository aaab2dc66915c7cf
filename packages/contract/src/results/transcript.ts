import { z } from 'zod'
import type { Json } from '../common.ts'
import { memberOf } from './foreign.ts'
import { score } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** The parts of a recording; Whisper calls them segments. */
const partsOf = (value: Json) => memberOf(value, 'chunks') ?? memberOf(value, 'segments')

/** The speech in a recording. Times are in seconds. */
export const transcript = resultKind({
  data: z.object({
    text: z.string(),
    language: z.string().optional(),
    chunks: z.array(
      z.object({ text: z.string(), start: z.number(), end: z.number(), score: score.optional() }),
    ),
  }),
  foreign: {
    members: [],
    read(value) {
      const text = typeof value === 'string' ? value : memberOf(value, 'text')
      const parts = partsOf(value)
      const language = memberOf(value, 'language')
      const chunks = (Array.isArray(parts) ? parts : []).map((part) => ({
        text: memberOf(part, 'text') ?? null,
        start: memberOf(part, 'start') ?? null,
        end: memberOf(part, 'end') ?? null,
      }))
      return text === undefined
        ? undefined
        : { text, chunks, ...(typeof language === 'string' && { language }) }
    },
    suggest: (value) => (memberOf(value, 'text') !== undefined && Array.isArray(partsOf(value)) ? {} : null),
    rank: 3,
  },
  task: 'automatic-speech-recognition',
})
