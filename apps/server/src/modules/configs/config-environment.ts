import {
  configKeys,
  isKnownConfigKey,
  keyOfVariable,
  variableOfKey,
  variableName,
  type Json,
  type KnownConfigKey,
} from '@vitrine/contract'

/** The environment of the platform. */
export type Environment = Readonly<Record<string, string | undefined>>

const upper = (text: string) => text.toUpperCase().replaceAll(/[.-]/g, '_')
const beforeVariables = (serviceId: string) => `${upper(serviceId)}__ENV_`

/** The variable of the platform's environment that sets a key: of the system, or of one service. */
export function variableOfConfig(key: string, serviceId: string | null): string {
  if (serviceId === null) return upper(key)
  const variable = variableOfKey(key)
  return variable === null ? `${upper(serviceId)}__${upper(key)}` : `${beforeVariables(serviceId)}${variable}`
}

/** What a text stands for: JSON where it is JSON that fits, else the text. Undefined if neither fits. */
function readAs(key: KnownConfigKey, text: string): Json | undefined {
  const candidates: unknown[] = [text]
  try {
    candidates.unshift(JSON.parse(text))
  } catch {
    // Text that is no JSON is read as it is.
  }
  const fitting = candidates.find((value) => configKeys[key].schema.safeParse(value).success)
  return typeof fitting === 'string' || typeof fitting === 'number' ? fitting : undefined
}

/** The value of a key of the system that the environment gives; undefined if it gives none. */
export function valueOfEnvironment(env: Environment, key: string): Json | undefined {
  const text = env[variableOfConfig(key, null)]
  return text !== undefined && text !== '' && isKnownConfigKey(key) ? readAs(key, text) : undefined
}

/** The variables of the environment that give a key a value that it cannot have. */
export const unusableVariables = (env: Environment): string[] =>
  Object.keys(configKeys)
    .filter(
      (key) => (env[variableOfConfig(key, null)] ?? '') !== '' && valueOfEnvironment(env, key) === undefined,
    )
    .map((key) => variableOfConfig(key, null))

/**
 * The variables of a service that the platform's environment sets: `TEXT_CLASSIFY__ENV_MODEL_PATH` is `MODEL_PATH` of the service
 * `text-classify`. By key.
 */
export function variablesOfEnvironment(env: Environment, serviceId: string): ReadonlyMap<string, string> {
  const before = beforeVariables(serviceId)
  return new Map(
    Object.entries(env).flatMap(([name, value]) => {
      const variable = name.startsWith(before) ? name.slice(before.length) : ''
      const isUsable = value !== undefined && variableName.safeParse(variable).success
      return isUsable ? [[keyOfVariable(variable), value] as const] : []
    }),
  )
}
