import { isDeepStrictEqual } from 'node:util'
import {
  brokenRules,
  configKeys,
  isKnownConfigKey,
  keyOfVariable,
  ruleSentence,
  variableOfKey,
  variableName,
  type ConfigKeyDefinition,
  type Json,
  type KnownConfigKey,
  type Language,
} from '@vitrine/contract'
import { z } from 'zod'
import { inBoth } from '../../../lib/words.ts'
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

/** What a text may stand for: the JSON that it is, and the text itself. */
function candidatesOf(text: string): unknown[] {
  try {
    return [JSON.parse(text), text]
  } catch {
    // Text that is no JSON is read as it is.
    return [text]
  }
}

/** What is wrong with a text that is no value of a key, and what would be one, in both languages. */
function wantedOf(key: KnownConfigKey, text: string): string {
  const { kind, schema }: ConfigKeyDefinition = configKeys[key]
  if (kind === 'boolean') return inBoth('应为 true 或 false', 'expected true or false')
  if (schema instanceof z.ZodNumber) {
    const range = `${schema.minValue}–${schema.maxValue}`
    return inBoth(`应为 ${range} 之间的整数`, `expected a whole number, ${range}`)
  }
  const [first] = candidatesOf(text)
  const broken = brokenRules(schema.safeParse(first, { reportInput: true }).error?.issues ?? [])
  const said = (language: Language) => broken.map((one) => ruleSentence(one, language)).join('; ')
  return inBoth(said('zh'), said('en'))
}

/** What a text stands for: JSON where it is JSON that fits, else the text. Undefined if neither fits. */
function readAs(key: KnownConfigKey, text: string): Json | undefined {
  for (const candidate of candidatesOf(text)) {
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
      return isUnusable ? [`${first}: ${wantedOf(key, env[first] ?? '')}`] : []
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
