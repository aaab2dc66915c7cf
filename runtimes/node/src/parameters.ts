import type { JsonSchema } from '@vitrine/contract'
import { Problem } from './problem.ts'
import { compileCheck, isObject } from './schema.ts'

/** Checked parameters with their defaults. `key` is equal for equal parameters: only such requests are joined. */
export type Parameters = { values: Record<string, unknown>; key: string }

/** Makes the rules of one schema; the result fills in defaults and throws {@link Problem} with the path of each wrong field. */
export function parameterRules(schema: JsonSchema): (given: Record<string, unknown>) => Parameters {
  const check = compileCheck(schema)
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  const defaults = Object.fromEntries(
    Object.entries(properties).flatMap(([name, inner]) =>
      isObject(inner) && Object.hasOwn(inner, 'default') ? [[name, inner['default']]] : [],
    ),
  )
  return (given) => {
    const filled = { ...defaults, ...given }
    const wrong = check(filled, 'parameters')
    if (wrong.length > 0) throw new Problem('request.invalid', { fields: wrong })
    const values = Object.fromEntries(Object.entries(filled).sort(([a], [b]) => (a < b ? -1 : 1)))
    return { values, key: JSON.stringify(values) }
  }
}
