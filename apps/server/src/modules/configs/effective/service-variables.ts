import { keyOfVariable, isReservedVariable, variableOfKey, type Json } from '@vitrine/contract'
import type { TextSealer } from '../../../lib/sealed-text.ts'
import type { TriedValue } from '../../instances/live-config.ts'
import { variablesOfEnvironment } from './environment.ts'
import { configSecretUnreadable } from '../configs.errors.ts'
import { serviceScope, systemScope } from '../scopes/config-scope.ts'
import type { FixedLayers } from './current-config.ts'
import type { ConfigsRepository } from '../configs.repository.ts'

/** What reading the values of services needs. */
export type VariablesDeps = FixedLayers & {
  configs: Pick<ConfigsRepository, 'changesUpTo'>
  sealer: TextSealer
}

/** A stored value, in clear even if it is a secret. Throws `config.secret_unreadable`. */
export function openedValue(
  sealer: TextSealer,
  { key, value, secret }: { key: string; value: Json; secret: boolean },
): Json {
  if (!secret || typeof value !== 'string') return value
  try {
    // The opened text is JSON that the platform itself wrote.
    const opened: Json = JSON.parse(sealer.open(value))
    return opened
  } catch (error) {
    throw configSecretUnreadable({ key }, error)
  }
}

/** The values that a package brings, by key. */
export type PackageDefaults = Readonly<Record<string, Json>>

/** A value as the text of an environment variable. */
const asText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

/**
 * The stored variables of a service after a revision, by key. Its own values take precedence over those of all
 * services, and the tried values over both.
 */
export async function storedVariables(
  configs: Pick<ConfigsRepository, 'changesUpTo'>,
  { serviceId, revision, tried = [] }: { serviceId: string; revision: number; tried?: readonly TriedValue[] },
): Promise<ReadonlyMap<string, { value: Json; secret: boolean }>> {
  // Nothing has ever been set. No query is needed then, which matters when hundreds of services start.
  if (revision === 0 && tried.length === 0) return new Map()
  const prefix = keyOfVariable('')
  const layers = await Promise.all(
    [systemScope, serviceScope(serviceId)].map((scope) => configs.changesUpTo(scope, revision, { prefix })),
  )
  // A change that only has another description leaves the value as it is.
  const differing = tried.filter(({ sealing }) => sealing !== 'keep')
  const others = layers.map((layer) =>
    layer.filter(
      ({ configKey, configType }) =>
        configType === 'system' || !differing.some(({ key }) => key === configKey),
    ),
  )
  return new Map([
    ...others
      .flat()
      .flatMap(({ configKey: key, after: value, secretAfter: secret }) =>
        value === null ? [] : [[key, { value, secret }] as const],
      ),
    ...differing.flatMap(({ key, value, secret }) =>
      value === undefined || variableOfKey(key) === null ? [] : [[key, { value, secret }] as const],
    ),
  ])
}

/**
 * The variables of a service after a revision. The precedence, lowest first: `config.yaml`, the package, stored values
 * of all services, stored values of this service, the platform's environment. Reserved variables are refused where they are set,
 * and left out here as well: nothing comes after this. Throws `config.secret_unreadable`.
 */
export async function serviceVariables(
  { configs, env, file, sealer }: VariablesDeps,
  of: {
    serviceId: string
    revision: number
    defaults: PackageDefaults
    tried?: readonly TriedValue[]
  },
): Promise<Record<string, string>> {
  const values = new Map<string, string>()
  for (const [key, value] of [...file, ...Object.entries(of.defaults)])
    if (variableOfKey(key) !== null) values.set(key, asText(value))
  for (const [key, { value, secret }] of await storedVariables(configs, of))
    values.set(key, asText(openedValue(sealer, { key, value, secret })))
  for (const [key, value] of variablesOfEnvironment(env, of.serviceId)) values.set(key, value)
  return Object.fromEntries(
    [...values].flatMap(([key, value]) => {
      const name = variableOfKey(key) ?? key
      return isReservedVariable(name) ? [] : [[name, value] as const]
    }),
  )
}

/**
 * The variables that a package declares and that have no value, in the order of the package. Variables that the
 * platform sets itself are left out. Pure.
 */
export const missingVariables = (
  declared: readonly string[],
  given: Readonly<Record<string, string>>,
): string[] => declared.filter((name) => !isReservedVariable(name) && !Object.hasOwn(given, name))
