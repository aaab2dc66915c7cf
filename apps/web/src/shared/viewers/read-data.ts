import type { Json } from '@vitrine/contract'

/** Data that fits its schema, or what is wrong with it, a line each: `[0].box: expected object`. */
export type Read<Data> = { ok: true; data: Data } | { ok: false; problems: string[] }

type Issue = { path: PropertyKey[]; message: string }
type Schema<Data> = {
  safeParse: (data: unknown) => { success: true; data: Data } | { success: false; error: { issues: Issue[] } }
}

const mostProblems = 5

/** Checks data against a schema of the contract. At most five problems are listed. */
export const readData = <Data>(schema: Schema<Data>, data: Json): Read<Data> => {
  const result = schema.safeParse(data)
  if (result.success) return { ok: true, data: result.data }
  return { ok: false, problems: result.error.issues.slice(0, mostProblems).map(describeIssue) }
}

const describeIssue = ({ path, message }: Issue): string => {
  const place = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  return place === '' ? message : `${place.replace(/^\./, '')}: ${message}`
}

/** Schemas of the kinds of result; a chunk of its own, so that a page without a result does not load them. */
export const resultSchemas = async () => (await import('./result-schemas.ts')).resultKinds
