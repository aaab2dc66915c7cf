import { z } from 'zod'
import type { ConfigKeyDefinition } from './config-key-definition.ts'
import { json, type Json } from './common.ts'
import { configKeys } from './config-key-table.ts'
import { configKey } from './configuration.ts'
import { rule } from './issue-rules.ts'
import { longest } from './limits.ts'
import { isReservedVariable } from './reserved-variables.ts'
import { variableOfKey } from './variable-keys.ts'

export * from './config-key-definition.ts'
export * from './config-key-table.ts'
export { usualTimeoutS } from './config-keys-of-services.ts'
export * from './config-units.ts'
export * from './reserved-variables.ts'
export { baseImagePairs } from './config-keys-of-containers.ts'

/** A key of the configuration that the platform itself reads. */
export type KnownConfigKey = keyof typeof configKeys

// Many keys are looked up several times, and a set is faster than an object.
const knownKeys: ReadonlySet<string> = new Set(Object.keys(configKeys))
/** Whether the platform itself reads a key. */
export const isKnownConfigKey = (key: string): key is KnownConfigKey => knownKeys.has(key)

/** Whether a key of the platform is a secret: its value is stored encrypted and never shown. */
export const isSecretConfigKey = (key: string): boolean => {
  const definition: ConfigKeyDefinition | null = isKnownConfigKey(key) ? configKeys[key] : null
  return definition?.secret === true
}

/** Whether only an administrator sets the value of a key for the whole platform, and not everybody who may change its configuration. */
export function needsAdministrator(key: string): boolean {
  const definition: ConfigKeyDefinition | null = isKnownConfigKey(key) ? configKeys[key] : null
  return variableOfKey(key) !== null || definition?.administratorsOnly === true
}

const ownPrefix = 'custom.'

/** The name of a variable that can be set for services. */
export const variableName = z
  .string()
  .max(longest.configKey)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, rule('field.variable_name'))
  .refine((name) => !isReservedVariable(name), rule('field.variable_reserved'))

/** Whether a text can be the value of a variable: Linux ends it at a NUL, and starts no program with one of more than 128 KiB. Pure. */
const isVariableText = (text: string): boolean =>
  !text.includes('\0') && new TextEncoder().encode(text).length <= longest.variableBytes

/** A text that can be the value of a variable of services. */
export const variableText = z
  .string()
  .max(longest.configText, { abort: true })
  .refine(isVariableText, rule('field.variable_text'))

/** A value of a variable of services. */
export const variableValue = z.union([variableText, z.number(), z.boolean()])

/**
 * A value of a person's own key. The platform reads all values of an owner at once, so the size of a single one is
 * bounded.
 */
export const ownValue = json.pipe(
  z.custom<Json>((value) => JSON.stringify(value).length <= longest.configJson, rule('field.config_json')),
)

const ownKey = { kind: 'json', types: ['system', 'service', 'user'], effect: 'at_once' } as const
const ownVariable = { kind: 'string', types: ['system', 'service'], effect: 'new_instances' } as const

/**
 * The facts about a key: to whom its values can belong, how they are entered, and when they take effect. Null for a key
 * that nobody reads.
 */
export function configKeyFacts(
  key: string,
): Pick<ConfigKeyDefinition, 'types' | 'inFile' | 'kind' | 'effect'> | null {
  if (isKnownConfigKey(key)) return configKeys[key]
  const variable = variableOfKey(key)
  if (variable !== null) return variableName.safeParse(variable).success ? ownVariable : null
  // Not every key comes with a request that states one: files and exports have some, too.
  return key.startsWith(ownPrefix) && configKey.safeParse(key).success ? ownKey : null
}
