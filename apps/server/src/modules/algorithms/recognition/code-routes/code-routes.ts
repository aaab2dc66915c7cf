import type { PackageReading } from '../package-reading.ts'
import type { CodeRoute } from './code-route.ts'
import { javaScriptRoutes } from './javascript-routes.ts'
import { pythonRoutes } from './python-routes.ts'

/** Routes of servers themselves, which are no operations of an algorithm. */
const aside = /^\/(health|healthz|ping|metrics|favicon\.ico|static|docs|openapi\.json)?(\/|$)/

/**
 * Ranks a route by how little it looks like the operation of an algorithm: routes that take a body come first, usual routes of
 * servers last.
 */
const unlikeness = ({ method, path }: CodeRoute) => (method === 'GET' ? 1 : 0) + (aside.test(path) ? 2 : 0)

/** The routes that the code of a package states, the likeliest first. Each method of a path is listed once. */
export async function codeRoutes(reading: PackageReading): Promise<CodeRoute[]> {
  const found = new Map<string, CodeRoute>()
  for (const route of [...(await pythonRoutes(reading)), ...(await javaScriptRoutes(reading))]) {
    const name = `${route.method} ${route.path}`
    if (!found.has(name)) found.set(name, route)
  }
  return [...found.values()].toSorted((one, other) => unlikeness(one) - unlikeness(other))
}
