import type { Json } from '@vitrine/contract'
import { brokenRules, type BrokenRule } from '@vitrine/contract/issues'
import type { ResultData, ResultKind } from '@vitrine/contract/results'
import type { z } from 'zod'

/** Data that fits its schema, or the rules that it breaks, field by field. `issueIn` makes a sentence from each. */
export type ReadResult<Data> = { ok: true; data: Data } | { ok: false; problems: BrokenRule[] }

/** The most problems of one output that are listed. */
export const mostProblems = 5

/** Checks data against a schema. */
const readData = <Data>(schema: z.ZodType<Data>, data: Json): ReadResult<Data> => {
  const result = schema.safeParse(data, { reportInput: true })
  if (result.success) return { ok: true, data: result.data }
  return { ok: false, problems: brokenRules(result.error.issues).slice(0, mostProblems) }
}

/**
 * Checks data against the schema of its kind. The schemas are a separate chunk, so that a page without a
 * result does not load them.
 */
export const readKind = async <Kind extends ResultKind>(
  kind: Kind,
  data: Json,
): Promise<ReadResult<ResultData<Kind>>> => {
  const { schemaOf } = await import('./result-schemas.ts')
  return readData<ResultData<Kind>>(schemaOf(kind), data)
}
