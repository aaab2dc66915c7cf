import type { Json } from '@vitrine/contract'
import { isJsonObject } from '../../shared/json-object.ts'

/** The problem of one field of a request: `parameters`, `top_k` → `expected integer`. */
export type FieldProblem = { path: string[]; message: string }

/** The parts of a path in any of its forms: a list, `/a/0`, `$.a[0]` or `a.0`. */
const pathParts = (path: Json | undefined): string[] => {
  if (Array.isArray(path)) return path.map(String)
  if (typeof path !== 'string') return []
  return path.split(/[/.[\]]+/).filter((part) => part !== '' && part !== '$')
}

/** The problems in an error's `details`: lists of `{path, message}` under any name. */
export const fieldProblems = (details: Json | undefined): FieldProblem[] => {
  if (Array.isArray(details))
    return details.flatMap((entry) =>
      isJsonObject(entry) && typeof entry.message === 'string' && entry.path !== undefined
        ? [{ path: pathParts(entry.path), message: entry.message }]
        : [],
    )
  return isJsonObject(details) ? Object.values(details).flatMap(fieldProblems) : []
}

/** A path as the runtimes write it in error messages: `input_data[0].text`. */
const placeText = (path: readonly string[]): string =>
  path
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '')

/** Problems of the form's fields by key, and those that belong to no field. */
export const sortProblems = (
  problems: readonly FieldProblem[],
  keys: readonly string[],
): { fields: Record<string, string>; others: string[] } => {
  const fields: Record<string, string> = {}
  const others: string[] = []
  for (const { path, message } of problems) {
    const key = path[0] === 'parameters' ? path[1] : path[0]
    if (key !== undefined && keys.includes(key)) fields[key] ??= message
    else others.push(path.length === 0 ? message : `${placeText(path)}: ${message}`)
  }
  return { fields, others }
}
