import { configKeys, isKnownConfigKey, ownValue, variableOfKey, variableValue } from '@vitrine/contract'
import { closestMatch } from 'leven'
import type { z } from 'zod'

/** What a value of a key has to be. */
export const valueSchemaOf = (key: string): z.ZodType =>
  isKnownConfigKey(key) ? configKeys[key].schema : variableOfKey(key) === null ? ownValue : variableValue

/** The key that a person may have meant by one that there is not. */
export function nearestKey(key: string): string {
  const names = [...Object.keys(configKeys), variableOfKey(key) === null ? 'custom.name' : 'env.NAME']
  return closestMatch(key, names) ?? names.join(', ')
}
