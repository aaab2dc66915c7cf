import type { JsonSchema } from '@vitrine/contract'
import { isJsonObject } from '../../shared/json-object.ts'

/**
 * The titles of an algorithm's outputs by name, from the manifest's `output` schema: its own `title`, or
 * those of its `prefixItems`, each with `x-name`.
 */
export const outputTitles = (schema: JsonSchema): Record<string, string> => {
  const items = Array.isArray(schema.prefixItems) ? schema.prefixItems.filter(isJsonObject) : []
  return Object.fromEntries(
    [schema, ...items].flatMap((item) =>
      typeof item['x-name'] === 'string' && typeof item.title === 'string'
        ? [[item['x-name'], item.title]]
        : [],
    ),
  )
}
