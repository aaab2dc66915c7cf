import { z } from 'zod'
import { rule } from '../issue-rules.ts'
import { media } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** Values row by row from the top; null where there is none. */
const rows = z
  .array(z.array(z.number().nullable()).min(1))
  .min(1)
  .refine((all) => all.every((row) => row.length === all[0]?.length), rule('field.rows_unequal'))

const data = z.object({
  /** Rows of values, or a PNG of one channel with 8 or 16 bits: where it is, or its bytes as base64. 0 in a PNG is no value. */
  map: z.union([rows, media, z.string()]),
  /** What a PNG's number 1 is worth: 0.001 for millimetres, 1/256 for KITTI's maps. Rows are taken as they are. */
  scale: z.number().positive().optional(),
  /** Unit of the values, e.g. `m`. Values without a unit are relative: only their order and proportions mean something. */
  unit: z.string().optional(),
  /** Greater values are nearer, as models of relative depth give them (MiDaS, Depth Anything). */
  inverse: z.boolean().optional(),
  /** The values between which colours are given; those of the data where they are missing. */
  min: z.number().optional(),
  max: z.number().optional(),
})

/** Longest side of the map that a cover gets, in pixels. */
const coverSide = 40

/** Every nth value of every nth row, with three digits: as much as a cover shows. */
function smaller(map: z.infer<typeof rows>): (number | null)[][] {
  const step = Math.max(1, Math.ceil(Math.max(map.length, map[0]?.length ?? 0) / coverSide))
  const picked = <Item>(items: Item[]): Item[] => items.filter((_, at) => at % step === 0)
  return picked(map).map((row) =>
    picked(row).map((value) => (value === null ? null : Number(value.toPrecision(3)))),
  )
}

/** How far away each pixel of a picture is. */
export const depth = resultKind({
  data,
  task: 'depth-estimation',
  coverData: ({ map, ...rest }) =>
    JSON.parse(JSON.stringify({ ...rest, map: Array.isArray(map) ? smaller(map) : map })),
})
