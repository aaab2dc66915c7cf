import { isDeepStrictEqual } from 'node:util'
import {
  configKeys,
  isKnownConfigKey,
  keyOfVariable,
  variableOfKey,
  variableName,
  type ConfigKeyDefinition,
  type Json,
  type KnownConfigKey,
} from '@vitrine/contract'
import { valueSchemaOf } from '../../config-files/config-value-schema.ts'

/** The environment of the platform. */
export type Environment = Readonly<Record<string, string | undefined>>

const upper = (text: string) => text.toUpperCase().replaceAll(/[.-]/g, '_')
const beforeVariables = (serviceId: string) => `${upper(serviceId)}__ENV_`

/** The variable of the platform's environment that sets a key: of the system, or of one service. */
export function variableOfConfig(key: string, serviceId: string | null): string {
  const { madeFrom }: Partial<ConfigKeyDefinition> = isKnownConfigKey(key) ? configKeys[key] : {}
  if (madeFrom !== undefined) return madeFrom
  if (serviceId === null) return isKnownConfigKey(key) ? (namesOfConfig(key)[0] ?? upper(key)) : upper(key)
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
  for (const candidate of candidates) {
    const { data } = valueSchemaOf(key).safeParse(candidate)
    if (data !== undefined) return data
  }
  return undefined
}

/** The names under which the environment gives a key of the system: the one of its setting first. */
function namesOfConfig(key: KnownConfigKey): string[] {
  const { setting, madeFrom }: ConfigKeyDefinition = configKeys[key]
  if (madeFrom !== undefined) return []
  return [...new Set([...(setting === undefined ? [] : [setting]), upper(key)])]
}

/** What the environment gives a key of the system as text, and under which name. Null if it gives nothing. */
export function textOfEnvironment(
  env: Environment,
  key: KnownConfigKey,
): { name: string; text: string } | null {
  for (const name of namesOfConfig(key)) {
    const text = env[name]
    if (text !== undefined && text !== '') return { name, text }
  }
  return null
}

/** The value of a key of the system that the environment gives; undefined if it gives none. */
export function valueOfEnvironment(env: Environment, key: string): Json | undefined {
  if (!isKnownConfigKey(key)) return undefined
  const given = textOfEnvironment(env, key)
  return given ? readAs(key, given.text) : undefined
}

/** What is wrong with the variables of the environment that give keys their values: one sentence for each. */
export function variableProblems(env: Environment): string[] {
  return Object.keys(configKeys)
    .filter(isKnownConfigKey)
    .flatMap((key) => {
      const { madeFrom }: ConfigKeyDefinition = configKeys[key]
      if (madeFrom !== undefined)
        return (env[upper(key)] ?? '') === ''
          ? []
          : [
              `${upper(key)}: 不能单独设置，请设置 ${madeFrom} · cannot be set by itself; set ${madeFrom} instead`,
            ]
      const given = namesOfConfig(key).filter((name) => (env[name] ?? '') !== '')
      const [first = '', ...others] = given
      // `10` and `10MB` are one size.
      const valueOf = (name: string) => readAs(key, env[name] ?? '') ?? env[name]
      const differing = others.filter((name) => !isDeepStrictEqual(valueOf(name), valueOf(first)))
      if (differing.length > 0)
        return [
          `${first}: 与 ${differing.join(', ')} 是同一个值，不能不同 · is the same value as ${differing.join(', ')}, and must not differ`,
        ]
      const isUnusable = first !== '' && valueOfEnvironment(env, key) === undefined
      return isUnusable ? [`${first}: not a value of its configuration key`] : []
    })
}

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
