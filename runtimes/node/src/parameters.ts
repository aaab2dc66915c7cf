import type { JsonSchema } from '@vitrine/contract'
import { Problem } from './problem.ts'
import { compileCheck, withDefaults } from '@vitrine/contract/schema-check'

/**
 * Checked parameters with their defaults. `key` is equal for equal parameters; only such requests are joined.
 */
export type Parameters = { values: Record<string, unknown>; key: string }

/**
 * Compiles the rules of one schema. The result fills in defaults and throws {@link Problem} with the path of
 * each invalid field.
 */
export function parameterRules(schema: JsonSchema): (given: Record<string, unknown>) => Parameters {
  const check = compileCheck(schema)
  return (given) => {
    const filled = withDefaults(schema, given)
    const wrong = check(filled, 'parameters')
    if (wrong.length > 0) throw new Problem('request.invalid', { fields: wrong })
    const values = Object.fromEntries(Object.entries(filled).sort(([a], [b]) => (a < b ? -1 : 1)))
    return { values, key: JSON.stringify(values) }
  }
}
