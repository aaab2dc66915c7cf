import { z } from 'zod'
import { json, type Json } from '../common.ts'
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

const mostCoverSeries = 4
const mostCoverPoints = 60
/** The first series, each reduced to evenly spaced points, because a cover is too small for more. */
const thinned = ({ series, ...rest }: ChartData): Json => ({
  ...rest,
  series: series.slice(0, mostCoverSeries).map(({ name, points }) => {
    const every = Math.ceil(points.length / mostCoverPoints)
    return { name, points: points.filter((_, place) => place % every === 0) }
  }),
})

/** Lines, bars or dots. */
export const chart = resultKind({ data, coverData: thinned })
