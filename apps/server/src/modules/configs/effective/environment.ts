import { isDeepStrictEqual } from 'node:util'
import {
  brokenRules,
  configKeys,
  isKnownConfigKey,
  keyOfVariable,
  ruleSentence,
  slugPattern,
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
/** Between the ID of a service and the name of its variable, in the name of a variable of the platform's environment. */
const betweenNames = '__ENV_'
const beforeVariables = (serviceId: string) => `${upper(serviceId)}${betweenNames}`

/** The name of the variable of the platform's environment that sets a key of the system, or of one service. */
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
    // Text that is not JSON is used as it is.
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

/** The value that a text means: the parsed JSON if it is valid for the key, else the text. Undefined if neither is. */
function readAs(key: KnownConfigKey, text: string): Json | undefined {
  for (const candidate of candidatesOf(text)) {
    const { data } = valueSchemaOf(key).safeParse(candidate)
    if (data !== undefined) return data
  }
  return undefined
}

/** The names of the environment variables that set a key of the system. The name of its setting comes first. */
function namesOfConfig(key: KnownConfigKey): string[] {
  const { setting, madeFrom }: ConfigKeyDefinition = configKeys[key]
  if (madeFrom !== undefined) return []
  return [...new Set([...(setting === undefined ? [] : [setting]), upper(key)])]
}

/** The text that the environment gives a key of the system, and the name of the variable. Null if there is none. */
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

/** The value that the environment gives a key of the system. Undefined if it gives none. */
export function valueOfEnvironment(env: Environment, key: string): Json | undefined {
  if (!isKnownConfigKey(key)) return undefined
  const given = textOfEnvironment(env, key)
  return given ? readAs(key, given.text) : undefined
}

/**
 * The services and variables that a name can mean. `A__ENV_B__ENV_C` is `B__ENV_C` of the service `a`, or `C` of
 * `a--env-b`: its preview of the branch `env-b`, or an older service of somebody else.
 */
function meaningsOf(name: string): { serviceId: string; variable: string }[] {
  const meanings = []
  for (let at = name.indexOf(betweenNames); at !== -1; at = name.indexOf(betweenNames, at + 1)) {
    const serviceId = name.slice(0, at).toLowerCase().replaceAll('_', '-')
    const variable = name.slice(at + betweenNames.length)
    const isName = beforeVariables(serviceId) + variable === name && slugPattern.test(serviceId)
    if (isName && variableName.safeParse(variable).success) meanings.push({ serviceId, variable })
  }
  return meanings
}

/** The problems of variables that would be of more than one service: the secret of one would reach the owner of the other. */
const ambiguousVariables = (env: Environment): string[] =>
  Object.keys(env).flatMap((name) => {
    const meanings = meaningsOf(name)
    if (meanings.length < 2 || (env[name] ?? '') === '') return []
    const zh = meanings.map(({ serviceId, variable }) => `服务 ${serviceId} 的 ${variable}`).join('，或')
    const en = meanings
      .map(({ serviceId, variable }) => `${variable} of the service ${serviceId}`)
      .join(', or ')
    return [
      `${name}: ${inBoth(`可能是${zh}，请改在该服务的页面上设置`, `can be ${en}; set it on the page of that service instead`)}`,
    ]
  })

/** The problems of the environment variables that set keys, one sentence for each. */
export function variableProblems(env: Environment): string[] {
  return [...ambiguousVariables(env), ...problemsOfKeys(env)]
}

function problemsOfKeys(env: Environment): string[] {
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
      // `10` and `10MB` are the same size.
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
 * `text-classify`. By key. A name that can mean variables of two services is of neither; the start is refused because of it.
 */
export function variablesOfEnvironment(env: Environment, serviceId: string): ReadonlyMap<string, string> {
  const before = beforeVariables(serviceId)
  return new Map(
    Object.entries(env).flatMap(([name, value]) => {
      if (value === undefined || !name.startsWith(before)) return []
      const [only, ...others] = meaningsOf(name)
      const isOwn = only?.serviceId === serviceId && others.length === 0
      return isOwn ? [[keyOfVariable(only.variable), value] as const] : []
    }),
  )
}
