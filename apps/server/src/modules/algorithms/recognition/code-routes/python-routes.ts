import type { WrittenField } from '@vitrine/contract'
import type { PackageReading } from '../package-reading.ts'
import type { PythonModule } from '../python-code/module.ts'
import { joined, methodsIn, routeBounds, routeOf, type CodeRoute, type FieldSeen } from './code-route.ts'
import { prefixesIn } from './python-prefixes.ts'

const marks =
  /\.(get|post|put|patch|route|api_route|add_url_rule|add_api_route|add_get|add_post|add_put|register_blueprint|include_router)\s*\(/
/** A decorator or a call that adds a route. Groups: the object, and what is called. */
const adding =
  /(?:@|\b)([A-Za-z_]\w{0,100})(?:\.router)?\.(get|post|put|patch|route|api_route|add_url_rule|add_api_route|add_get|add_post|add_put)\s*\(/g
const literal = /^\s*(?:(?:path|rule)\s*=\s*)?["'](\/[^"'\n]{0,200}|)["']/
const methodList = /\bmethods\s*=\s*[[({]([^\])}]{0,200})[\])}]/

const converters: Readonly<Record<string, WrittenField['type']>> = { int: 'integer', float: 'number' }

/** A path with its fields in braces, and their types: `/a/<int:n>` of Flask, `/a/{n:int}` of Starlette. */
function readPath(written: string): { path: string; types: Map<string, WrittenField['type']> } {
  const types = new Map<string, WrittenField['type']>()
  const field = (name: string, converter: string | undefined) => {
    types.set(name, converters[converter ?? ''] ?? 'text')
    return `{${name}}`
  }
  const path = written
    .replaceAll(/<(?:([a-z]\w*)(?:\([^()>]*\))?:)?(\w+)>/g, (_whole, kind?: string, name = '') =>
      field(name, kind),
    )
    .replaceAll(/\{(\w+)(?::(\w+))?\}/g, (whole, name: string, kind?: string) =>
      types.has(name) ? whole : field(name, kind),
    )
  return { path, types }
}

/** How the request object gives a field: by a call or by brackets. */
const access = (place: string) =>
  new RegExp(String.raw`${place}\s*(?:\.\s*(?:get|getlist)\s*\(|\[)\s*["']([^"'\n]{1,100})["']`, 'g')
const request = String.raw`\brequest\.`
const places: readonly (readonly [RegExp, FieldSeen['from']])[] = [
  [access(String.raw`${request}files`), 'file'],
  [access(String.raw`${request}form`), 'form'],
  [access(String.raw`${request}(?:args|query_params|query|rel_url\.query)`), 'query'],
  [access(String.raw`${request}(?:json|get_json\s*\([^)\n]{0,100}\))`), 'json'],
]
/** A name for the body: `data = request.get_json()`. */
const bodyName =
  /\b([A-Za-z_]\w{0,50})\s*=\s*(?:await\s+)?request\.(?:get_json\s*\([^)\n]{0,100}\)|json(?:\s*\(\s*\))?)/g

/** The fields that a handler reads of its request. */
function fieldsIn(handler: string): FieldSeen[] {
  const named = [...handler.matchAll(bodyName)].map(([, name = '']) => access(String.raw`\b${name}`))
  const readings = [...places, ...named.slice(0, 5).map((pattern) => [pattern, 'json'] as const)]
  return readings.flatMap(([pattern, from]) =>
    [...handler.matchAll(pattern)].map(([, name = '']): FieldSeen => ({
      name,
      from,
      type: from === 'file' ? 'file' : 'text',
    })),
  )
}

function methodsOf(called: string, rest: string): CodeRoute['method'][] {
  const named = /^(?:add_)?(get|post|put|patch)$/.exec(called)?.[1]
  if (named !== undefined) return methodsIn([named])
  const listed = methodList.exec(rest)?.[1]
  return methodsIn(listed === undefined ? ['GET'] : (listed.match(/[A-Za-z]+/g) ?? []))
}

function routesOf(
  { path: file, code, source }: PythonModule,
  prefixOf: ReturnType<typeof prefixesIn>,
): CodeRoute[] {
  // A dictionary has `get` as well, but no path is its key.
  const added = [...code.matchAll(adding)].flatMap(({ 0: whole, 1: owner = '', 2: called = '', index }) => {
    const open = index + whole.length
    const written = literal.exec(source.slice(open, open + routeBounds.text + 50))?.[1]
    return written === undefined ? [] : [{ owner, called, written, index, open }]
  })
  return added.flatMap(({ owner, called, written, open }, at) => {
    const end = Math.min(added[at + 1]?.index ?? source.length, open + routeBounds.handler)
    const rest = source.slice(open, end)
    const { path, types } = readPath(joined(prefixOf({ path: file, name: owner }), written))
    const fields = fieldsIn(rest.replaceAll(/#[^\n]*/g, ''))
    return methodsOf(called, rest.slice(0, 500)).map((method) => routeOf(method, path, fields, types))
  })
}

/** The routes that Python code states by literal paths, with what their handlers are seen to read. */
export async function pythonRoutes(reading: PackageReading): Promise<CodeRoute[]> {
  const modules = await reading.modulesWith(marks)
  const prefixOf = prefixesIn(reading, modules)
  return modules.flatMap((module) => routesOf(module, prefixOf)).slice(0, routeBounds.routes)
}
