import { z } from 'zod'
import { json } from '../common.ts'
import { resultKind } from './result-kind.ts'

const data = z.object({
  type: z.enum(['line', 'bar', 'scatter']),
  x: z.record(z.string(), json).optional(),
  y: z.record(z.string(), json).optional(),
  series: z.array(
    z.object({
      name: z.string(),
      points: z.array(z.tuple([z.union([z.number(), z.string()]), z.number()])),
    }),
  ),
})
/** Data of a chart. */
export type ChartData = z.infer<typeof data>

/** Lines, bars or dots. */
export const chart = resultKind({ data })
