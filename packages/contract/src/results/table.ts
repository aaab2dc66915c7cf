import { z } from 'zod'
import { json } from '../common.ts'
import { resultKind } from './result-kind.ts'

/** Rows with named columns. */
export const table = resultKind({
  data: z.object({
    columns: z.array(z.object({ name: z.string(), type: z.string().optional() })),
    rows: z.array(z.array(json)),
  }),
})
