import { z } from 'zod'
import { json } from './common.ts'

/**
 * A JSON Schema (draft 2020-12) as written in `algorithm.yaml`. It is kept unchanged, and checked by the
 * runtimes.
 */
export const jsonSchema = z.record(z.string(), json)
/** A JSON Schema, kept unchanged. */
export type JsonSchema = z.infer<typeof jsonSchema>
