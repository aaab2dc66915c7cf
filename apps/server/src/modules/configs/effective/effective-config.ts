import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import {
  configKeyFacts,
  configKeys,
  isKnownConfigKey,
  isSecretConfigKey,
  jsonSchema,
  keyOfVariable,
  variableOfKey,
  type ConfigKeyDefinition,
  type ConfigSource,
  type EffectiveConfig,
  type Json,
  type JsonSchema,
  type Language,
} from '@vitrine/contract'
import {
  valueOfEnvironment,
  variableOfConfig,
  variablesOfEnvironment,
  type Environment,
} from './environment.ts'
import type { FileValues } from '../../config-files/config-file.ts'
import type { CountingConfig } from '../effective.repository.ts'
import { isServiceOptionKey, serviceOptionKeys } from '../service-option-keys.ts'
import type { StoredService } from '../../services/services.repository.ts'

/** Stored values by key. Those of secrets are sealed. */
type StoredVariables = ReadonlyMap<string, { value: Json }>

/** Values that the start has derived from settings, by key, with the source of the setting. */
export type MadeAtStart = ReadonlyMap<string, { value: Json; source: ConfigSource }>

/** The facts that decide the effective values of a service, or of the platform or a person if `service` is null. */
export type ConfigFacts = {
  env: Environment
  /** The values of `config.yaml`. */
  file: FileValues
  /** Values that the start has derived from settings. */
  madeAtStart: MadeAtStart
  /** Values that are saved on other pages, by key. */
  elsewhere: ReadonlyMap<string, Json>
  /** The values in the database of the system and of the service. */
  rows: readonly CountingConfig[]
  service: StoredService | null
  /** Whose values they are if `service` is null. */
  owner: 'system' | 'user'
  /** The variables that the package of the service declares. */
  declared: readonly string[]
  /** The values that its package brings, by key. */
  defaults: Readonly<Record<string, Json>>
  /** The stored variables of the service as they are now, by key. */
  variables: StoredVariables
  /** The running instances of the service, with the stored variables that each has. */
  instances: readonly { id: string; variables: StoredVariables }[]
}

/** The JSON schemas of the values of keys with a schema, by key. */
const jsonSchemas: ReadonlyMap<string, JsonSchema> = new Map(
  Object.entries<ConfigKeyDefinition>(configKeys).flatMap(([key, { kind, schema }]) =>
    kind === 'schema' ? [[key, jsonSchema.parse(z.toJSONSchema(schema))] as const] : [],
  ),
)

type Layer = Pick<EffectiveConfig, 'source' | 'type'> & {
  value: Json
  secret: boolean
  row: CountingConfig | null
}

const fromRow = (row: CountingConfig): Layer => ({
  source: 'database',
  type: row.configType,
  value: row.secret ? null : row.configValue,
  secret: row.secret,
  row,
})

/** Where the name and the password in an address end, from behind its `//`; -1 if it has none. */
function endOfPassword(address: string): number {
  const [authority = ''] = address.split('/', 1)
  if (authority.includes('@')) return authority.lastIndexOf('@')
  // A colon without the number of a port: the password has a slash that is not escaped.
  return /^[^:]*:\d*[^:\d]/.test(authority) ? address.lastIndexOf('@') : -1
}

/** The value with the password in an address hidden. The environment of a process may contain such addresses. */
function withoutPassword(value: Json): Json {
  if (typeof value !== 'string' || !value.includes('//')) return value
  const begin = value.indexOf('//') + 2
  const end = endOfPassword(value.slice(begin))
  return end === -1 ? value : `${value.slice(0, begin)}••••${value.slice(begin + end)}`
}

/**
 * The values from files: the value that the package of a service brings takes precedence over that of `config.yaml`.
 */
function layersOfFiles(key: string, { file, defaults, owner }: ConfigFacts): Layer[] {
  const own = Object.hasOwn(defaults, key) ? defaults[key] : undefined
  const ofPlatform = owner === 'system' ? file.get(key) : undefined
  // This is the case for nearly all of a thousand keys.
  if (own === undefined && ofPlatform === undefined) return []
  // Only administrators set these variables, as those of the environment, so their values are hidden.
  const isHidden = variableOfKey(key) !== null
  const base = { source: 'file', row: null } as const
  return [
    ...(own === undefined ? [] : [{ ...base, type: 'service' as const, value: own, secret: false }]),
    ...(ofPlatform === undefined
      ? []
      : [{ ...base, type: 'system' as const, value: isHidden ? null : ofPlatform, secret: isHidden }]),
  ]
}

/** The value that is saved on another page. */
function layersOfElsewhere(key: string, { elsewhere }: ConfigFacts): Layer[] {
  const value = elsewhere.get(key)
  if (value === undefined) return []
  const secret = isSecretConfigKey(key)
  return [{ source: 'database', type: 'system', value: secret ? null : value, secret, row: null }]
}

/** The value that the start has derived from a setting. */
function layersOfStart(key: string, { madeAtStart }: ConfigFacts): Layer[] {
  const made = madeAtStart.get(key)
  return made ? [{ ...made, type: 'system', secret: false, row: null }] : []
}

/** The facts with lookups that are prepared once for all keys. */
type Prepared = ConfigFacts & {
  rowsOf: ReadonlyMap<string, readonly CountingConfig[]>
  /** The values that the environment gives the service, by key. */
  given: ReadonlyMap<string, string>
  /** The keys of the variables that the package declares. */
  declaredKeys: ReadonlySet<string>
}

function prepare(facts: ConfigFacts): Prepared {
  const rowsOf = new Map<string, CountingConfig[]>()
  for (const row of facts.rows) rowsOf.set(row.configKey, [...(rowsOf.get(row.configKey) ?? []), row])
  const { env, service } = facts
  const declaredKeys = new Set(facts.declared.map(keyOfVariable))
  return {
    ...facts,
    rowsOf,
    declaredKeys,
    given: service ? variablesOfEnvironment(env, service.id) : new Map(),
  }
}

function layersOf(key: string, facts: Prepared): Layer[] {
  const { env, rowsOf, service } = facts
  const beside = { secret: false, row: null }
  const type = service ? 'service' : 'system'
  const ofRows = (of: CountingConfig['configType']) =>
    (rowsOf.get(key) ?? []).filter((row) => row.configType === of).map(fromRow)
  const given = service ? facts.given.get(key) : valueOfEnvironment(env, key)
  // Only administrators set the environment, and it may contain secrets, so its variables of services are never shown.
  const isVariable = variableOfKey(key) !== null || isSecretConfigKey(key)
  const ofEnvironment: Layer[] =
    given === undefined
      ? []
      : [
          {
            ...beside,
            source: 'environment',
            type,
            value: isVariable ? null : withoutPassword(given),
            secret: isVariable,
          },
        ]
  const option = service && isServiceOptionKey(key) ? serviceOptionKeys[key].valueOf(service) : null
  const ofService: Layer[] =
    option === null ? ofRows('service') : [{ ...beside, source: 'database', type: 'service', value: option }]
  const fallback = isKnownConfigKey(key) ? configKeys[key].fallback : null
  const usual: Layer[] =
    fallback === null ? [] : [{ ...beside, source: 'default', type: 'system', value: fallback }]
  return [
    ...ofEnvironment,
    ...(service ? ofService : []),
    ...ofRows('user'),
    ...ofRows('system'),
    ...layersOfElsewhere(key, facts),
    ...layersOfStart(key, facts),
    ...layersOfFiles(key, facts),
    ...usual,
  ]
}

/** The keys with a value, and those that can have one. */
function keysOf({
  rowsOf,
  given,
  file,
  service,
  declaredKeys,
  defaults,
  instances,
  owner,
}: Prepared): string[] {
  const scope = service ? 'service' : owner
  const known = Object.entries<ConfigKeyDefinition>(configKeys).flatMap(
    ([key, { types, inFile, shownFor }]) =>
      (shownFor ?? inFile ?? types).some((type) => type === scope) || (service && isServiceOptionKey(key))
        ? [key]
        : [],
  )
  const ofFile = scope === 'system' ? [...file.keys()] : []
  const stored = [...rowsOf.keys()].filter((key) => configKeyFacts(key) !== null)
  const ofService = service
    ? [
        ...declaredKeys,
        ...Object.keys(defaults),
        ...[...file.keys()].filter((key) => variableOfKey(key) !== null),
        ...given.keys(),
        // Variables that were removed but that instances still have.
        ...instances.flatMap(({ variables }) => [...variables.keys()]),
      ]
    : []
  return [...new Set([...known, ...stored, ...ofFile, ...ofService])].sort()
}

function effectiveOf(key: string, facts: Prepared, language: Language): EffectiveConfig {
  const [first, ...others] = layersOf(key, facts)
  const about = isKnownConfigKey(key) ? configKeys[key] : null
  const { unit }: Partial<ConfigKeyDefinition> = about ?? {}
  const { kind, effect } = configKeyFacts(key) ?? { kind: 'string', effect: 'new_instances' }
  const now = facts.variables.get(key)?.value
  const stale = facts.instances.filter(({ variables }) => !isDeepStrictEqual(variables.get(key)?.value, now))
  return {
    key,
    value: first?.value ?? null,
    is_set: first !== undefined,
    // This is also set without a value, so that a page knows it before a value is entered.
    secret: first?.secret ?? isSecretConfigKey(key),
    source: first?.source ?? 'default',
    variable: variableOfConfig(key, facts.service?.id ?? null),
    overridden: others.map(({ source, type, value }) => ({ source, type, value })),
    type: first?.type ?? (facts.service ? 'service' : 'system'),
    revision: first?.row?.revision ?? null,
    declared: facts.declaredKeys.has(key),
    kind,
    unit: unit ?? null,
    json_schema: jsonSchemas.get(key) ?? null,
    effect,
    title: about?.title[language] ?? key,
    about: about?.about[language] ?? '',
    description: first?.row?.description ?? '',
    stale_instances: stale.map(({ id }) => id),
  }
}

/** The effective value of each key, and why it applies. Pure. */
export function effectiveConfigs(facts: ConfigFacts, language: Language): EffectiveConfig[] {
  const prepared = prepare(facts)
  return keysOf(prepared).map((key) => effectiveOf(key, prepared, language))
}
