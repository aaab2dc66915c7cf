import type { Json } from '@vitrine/contract'
import type { ResultData, ResultKind } from '@vitrine/contract/results'

/** Data that fits its schema, or what is wrong with it, a line each: `[0].box: expected object`. */
export type Read<Data> = { ok: true; data: Data } | { ok: false; problems: string[] }

type Issue = { path: PropertyKey[]; message: string }
type Schema<Data> = {
  safeParse: (data: unknown) => { success: true; data: Data } | { success: false; error: { issues: Issue[] } }
}

const mostProblems = 5

/** Checks data against a schema. At most five problems are listed. */
const readData = <Data>(schema: Schema<Data>, data: Json): Read<Data> => {
  const result = schema.safeParse(data)
  if (result.success) return { ok: true, data: result.data }
  return { ok: false, problems: result.error.issues.slice(0, mostProblems).map(describeIssue) }
}

const describeIssue = ({ path, message }: Issue): string => {
  const place = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  return place === '' ? message : `${place.replace(/^\./, '')}: ${message}`
}

/** Checks data against the schema of its kind. Schemas are a chunk of their own, so that a page without a result does not load them. */
export const readKind = async <Kind extends ResultKind>(
  kind: Kind,
  data: Json,
): Promise<Read<ResultData<Kind>>> => {
  const { schemaOf } = await import('./result-schemas.ts')
  return readData<ResultData<Kind>>(schemaOf(kind), data)
}
