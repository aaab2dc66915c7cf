import { z } from 'zod'
import { rule } from '../issue-rules.ts'
import { media } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** Values row by row from the top; null where there is no value. */
const rows = z
  .array(z.array(z.number().nullable()).min(1))
  .min(1)
  .refine((all) => all.every((row) => row.length === all[0]?.length), rule('field.rows_unequal'))

const data = z.object({
  /**
   * Rows of values, or a PNG with one channel of 8 or 16 bits: its address, or its bytes as base64. 0 in a
   * PNG means no value.
   */
  map: z.union([rows, media, z.string()]),
  /**
   * The factor for the numbers in a PNG: 0.001 for millimetres, 1/256 for KITTI's maps. Rows are not scaled.
   */
  scale: z.number().positive().optional(),
  /**
   * Unit of the values, e.g. `m`. Values without a unit are relative: only their order and proportions have a
   * meaning.
   */
  unit: z.string().optional(),
  /** Greater values are nearer, as in models of relative depth (MiDaS, Depth Anything). */
  inverse: z.boolean().optional(),
  /** The range of values for the colours. The default is the range of the data. */
  min: z.number().optional(),
  max: z.number().optional(),
})

/** Longest side of the map on a cover, in pixels. */
const coverSide = 40

/** Every nth value of every nth row, with three digits: enough for a cover. */
function smaller(map: z.infer<typeof rows>): (number | null)[][] {
  const step = Math.max(1, Math.ceil(Math.max(map.length, map[0]?.length ?? 0) / coverSide))
  const picked = <Item>(items: Item[]): Item[] => items.filter((_, at) => at % step === 0)
  return picked(map).map((row) =>
    picked(row).map((value) => (value === null ? null : Number(value.toPrecision(3)))),
  )
}

/** The distance of each pixel of a picture. */
export const depth = resultKind({
  data,
  task: 'depth-estimation',
  coverData: ({ map, ...rest }) =>
    JSON.parse(JSON.stringify({ ...rest, map: Array.isArray(map) ? smaller(map) : map })),
})
