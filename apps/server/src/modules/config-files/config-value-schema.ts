import {
  configKeys,
  isKnownConfigKey,
  ownValue,
  quantityText,
  variableOfKey,
  variableValue,
  type ConfigKeyDefinition,
  type Json,
} from '@vitrine/contract'
import { closestMatch } from 'leven'
import type { z } from 'zod'

/** What a value of a key has to be. */
export const valueSchemaOf = (key: string): z.ZodType<Json> =>
  isKnownConfigKey(key) ? configKeys[key].schema : variableOfKey(key) === null ? ownValue : variableValue

/** A value in the form in which it is stored: `5m` is a number of the unit of its key. What does not fit stays as it is. Pure. */
export function storedForm(key: string, value: Json): Json {
  if (!isKnownConfigKey(key)) return value
  const { data } = valueSchemaOf(key).safeParse(value)
  return data === undefined ? value : data
}

/** A value as people write it in a file: a duration or a size with its unit. Pure. */
export function writtenForm(key: string, value: Json): Json {
  const { unit }: Partial<ConfigKeyDefinition> = isKnownConfigKey(key) ? configKeys[key] : {}
  return unit !== undefined && typeof value === 'number' ? quantityText(value, unit) : value
}

/** The key that a person may have meant by one that there is not. */
export function nearestKey(key: string): string {
  const names = [...Object.keys(configKeys), variableOfKey(key) === null ? 'custom.name' : 'env.NAME']
  return closestMatch(key, names) ?? names.join(', ')
}
