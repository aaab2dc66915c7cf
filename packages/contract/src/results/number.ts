import { z } from 'zod'
import { resultKind } from './result-kind.ts'

/** One number. `min` and `max` are the ends of its scale. */
export const number = resultKind({
  data: z.object({
    value: z.number(),
    unit: z.string().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
  }),
})
