import { z } from 'zod'
import { coverText } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** A text, shown unchanged. */
export const text = resultKind({ data: z.string(), coverData: coverText })
