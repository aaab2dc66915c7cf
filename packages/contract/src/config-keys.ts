import { z } from 'zod'
import type { ConfigKeyDefinition } from './config-key-definition.ts'
import { configKeys } from './config-key-table.ts'
import { rule } from './issue-rules.ts'
import { longest } from './limits.ts'

export * from './config-key-definition.ts'
export * from './config-key-table.ts'

/** A key of the platform's own. */
export type KnownConfigKey = keyof typeof configKeys

/** Whether the platform itself reads a key. */
export const isKnownConfigKey = (key: string): key is KnownConfigKey => Object.hasOwn(configKeys, key)

const variablePrefix = 'env.'
const ownPrefix = 'custom.'

/** The key of a variable of services. */
export const keyOfVariable = (name: string): string => `${variablePrefix}${name}`
/** The variable that a key sets; null for every other key. */
export const variableOfKey = (key: string): string | null =>
  key.startsWith(variablePrefix) ? key.slice(variablePrefix.length) : null

/**
 * Variables that the platform itself sets for every instance, and those by which a loader or a shell runs foreign code before the
 * instance is in its sandbox. Nobody else sets them.
 */
const reservedVariables: ReadonlySet<string> = new Set([
  ...['PATH', 'HOME', 'TMPDIR', 'USER', 'LOGNAME', 'HOST', 'PORT', 'PWD', 'OLDPWD', 'SHLVL', '_'],
  ...['IFS', 'ENV', 'BASH_ENV', 'SHELLOPTS', 'BASHOPTS', 'PS4', 'NODE_OPTIONS', 'NODE_PATH'],
  ...['PYTHONPATH', 'PYTHONHOME', 'PYTHONSTARTUP', 'PYTHONPYCACHEPREFIX', 'LISTEN_FDS', 'LISTEN_PID'],
])
const reservedPrefixes = ['VITRINE_', 'LD_', 'DYLD_', 'GLIBC_', 'GCONV_', 'BASH_FUNC_', 'MALLOC_']

/** Whether a variable is the platform's own, or decides what runs before the sandbox. Pure. */
export const isReservedVariable = (name: string): boolean =>
  reservedVariables.has(name) || reservedPrefixes.some((prefix) => name.startsWith(prefix))

/** The name of a variable that can be set for services. */
export const variableName = z
  .string()
  .max(longest.configKey)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, rule('field.variable_name'))
  .refine((name) => !isReservedVariable(name), rule('field.variable_reserved'))

/** What a variable of services can be. */
export const variableValue = z.union([z.string().max(longest.configText), z.number(), z.boolean()])

const ownKey = { kind: 'json', types: ['system', 'service', 'user'], effect: 'at_once' } as const
const ownVariable = { kind: 'string', types: ['system', 'service'], effect: 'new_instances' } as const

/** What is known of a key: whose values it can have, how they are entered, and when they take effect. Null for a key that nobody reads. */
export function configKeyFacts(
  key: string,
): Pick<ConfigKeyDefinition, 'types' | 'inFile' | 'kind' | 'effect'> | null {
  if (isKnownConfigKey(key)) return configKeys[key]
  const variable = variableOfKey(key)
  if (variable !== null) return variableName.safeParse(variable).success ? ownVariable : null
  return key.startsWith(ownPrefix) ? ownKey : null
}
