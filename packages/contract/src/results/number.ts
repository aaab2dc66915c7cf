import { z } from 'zod'
import { numberIn } from './foreign.ts'
import { resultKind } from './result-kind.ts'

/** One number. `min` and `max` are the ends of its scale. */
export const number = resultKind({
  data: z.object({
    value: z.number(),
    unit: z.string().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
  }),
  foreign: {
    members: [],
    read(value) {
      const found = numberIn(value)
      return found === undefined ? undefined : { value: found }
    },
    suggest: (value) => (typeof value === 'number' ? {} : null),
    rank: 7,
  },
  gradio: { components: ['Number', 'Slider'] },
})
