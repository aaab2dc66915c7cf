import { z } from 'zod'
import { coverText } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** A text, shown as it is. */
export const text = resultKind({ data: z.string(), coverData: coverText })
