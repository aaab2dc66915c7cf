import type { ApiBody, ApiOperation, WrittenField } from '@vitrine/contract'
import { apiMethods } from '@vitrine/contract/choices'

/** A route that the code of a package states, with the fields that its handler is seen to read. */
export type CodeRoute = {
  method: ApiOperation['method']
  /** The path, in which fields are in braces: `/items/{id}`. */
  path: string
  body: ApiBody
  fields: WrittenField[]
}

/** No more routes than this are taken from a package, and no more fields from a route. */
export const routeBounds = {
  routes: 200,
  fields: 50,
  /** Characters after a route in which its handler is read, and of a path or name. */
  handler: 4_000,
  text: 200,
} as const

/** The methods that a stage can use, of those that code names in any case. */
export const methodsIn = (names: readonly string[]): CodeRoute['method'][] =>
  apiMethods.filter((method) => names.some((name) => name.toUpperCase() === method))

/** Puts the path of a router before that of a route. */
export const joined = (prefix: string, path: string): string => {
  const whole = `/${prefix}/${path}`.replaceAll(/\/{2,}/g, '/')
  return whole.length > 1 && path === '' ? whole.replace(/\/$/, '') : whole
}

/** A field that a handler reads, before it is known how its body is written. */
export type FieldSeen = Pick<WrittenField, 'name' | 'type'> & { from: 'query' | 'json' | 'form' | 'file' }

/** The names of fields in a path, which has them in braces. */
const pathFields = (path: string, types: ReadonlyMap<string, WrittenField['type']>): WrittenField[] =>
  [...path.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => ({
    name,
    place: 'path',
    type: types.get(name) ?? 'text',
    required: true,
  }))

/** What is read from a body of each kind. */
const readIn: Record<ApiBody, readonly FieldSeen['from'][]> = {
  none: [],
  json: ['json'],
  form: ['form'],
  multipart: ['form', 'file'],
  raw: [],
}

function bodyOf(method: CodeRoute['method'], seen: readonly FieldSeen[]): ApiBody {
  if (method === 'GET') return 'none'
  if (seen.some(({ from }) => from === 'file')) return 'multipart'
  return seen.some(({ from }) => from === 'form') ? 'form' : 'json'
}

/** A route with what its handler reads. Of a body that is read in several ways, the one that can carry most counts. */
export function routeOf(
  method: CodeRoute['method'],
  path: string,
  seen: readonly FieldSeen[],
  types: ReadonlyMap<string, WrittenField['type']> = new Map(),
): CodeRoute {
  const body = bodyOf(method, seen)
  const ofBody = readIn[body]
  const fields = new Map<string, WrittenField>()
  for (const { name, type, from } of seen) {
    if (from !== 'query' && !ofBody.includes(from)) continue
    const place = from === 'query' ? 'query' : 'body'
    const key = `${place} ${name}`
    if (!fields.has(key)) fields.set(key, { name, place, type, required: false })
  }
  return {
    method,
    path,
    body,
    fields: [...pathFields(path, types), ...fields.values()].slice(0, routeBounds.fields),
  }
}
