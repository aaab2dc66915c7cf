import { z } from 'zod'
import { resultKind } from './result-kind.ts'

/** A text in Markdown. */
export const markdown = resultKind({ data: z.string() })
