import { isDeepStrictEqual } from 'node:util'
import {
  configKeyFacts,
  configKeys,
  isKnownConfigKey,
  keyOfVariable,
  variableOfKey,
  type EffectiveConfig,
  type Json,
  type Language,
} from '@vitrine/contract'
import {
  valueOfEnvironment,
  variableOfConfig,
  variablesOfEnvironment,
  type Environment,
} from './config-environment.ts'
import type { StoredConfig } from './configs.repository.ts'
import { isServiceOptionKey, serviceOptionKeys } from './service-option-keys.ts'
import type { StoredService } from '../services/services.repository.ts'

/** Stored values by key; those of secrets are sealed. */
type StoredVariables = ReadonlyMap<string, { value: Json }>

/** What decides the values that count: of the system where `service` is null. */
export type ConfigFacts = {
  env: Environment
  /** Values of the database: of the system, and of the service. */
  rows: readonly StoredConfig[]
  service: StoredService | null
  /** Whose values they are without a service: the system's, or a person's. */
  owner: 'system' | 'user'
  /** The variables that the package of the service declares. */
  declared: readonly string[]
  /** The stored variables of the service as they are now, by key. */
  variables: StoredVariables
  /** The running instances of the service, with the stored variables that each has. */
  instances: readonly { id: string; variables: StoredVariables }[]
}

type Layer = Pick<EffectiveConfig, 'source' | 'type'> & {
  value: Json
  secret: boolean
  row: StoredConfig | null
}

const fromRow = (row: StoredConfig): Layer => ({
  source: 'database',
  type: row.configType,
  value: row.secret ? null : row.configValue,
  secret: row.secret,
  row,
})

function layersOf(key: string, { env, rows, service }: ConfigFacts): Layer[] {
  const beside = { secret: false, row: null }
  const type = service ? 'service' : 'system'
  const ofRows = (of: StoredConfig['configType']) =>
    rows.filter((row) => row.configKey === key && row.configType === of).map(fromRow)
  const given = service ? variablesOfEnvironment(env, service.id).get(key) : valueOfEnvironment(env, key)
  // The environment is the administrator's, and may hold secrets: its variables of services are never shown.
  const isVariable = variableOfKey(key) !== null
  const ofEnvironment: Layer[] =
    given === undefined
      ? []
      : [{ ...beside, source: 'environment', type, value: isVariable ? null : given, secret: isVariable }]
  const option = service && isServiceOptionKey(key) ? serviceOptionKeys[key].valueOf(service) : null
  const ofService: Layer[] =
    option === null ? ofRows('service') : [{ ...beside, source: 'database', type: 'service', value: option }]
  const fallback = isKnownConfigKey(key) ? configKeys[key].fallback : null
  const usual: Layer[] =
    fallback === null ? [] : [{ ...beside, source: 'default', type: 'system', value: fallback }]
  return [...ofEnvironment, ...(service ? ofService : []), ...ofRows('user'), ...ofRows('system'), ...usual]
}

/** The keys with a value, and those that can have one. */
function keysOf({ rows, env, service, declared, instances, owner }: ConfigFacts): string[] {
  const scope = service ? 'service' : owner
  const known = Object.entries(configKeys).flatMap(([key, { types }]) =>
    types.some((type) => type === scope) || (service && isServiceOptionKey(key)) ? [key] : [],
  )
  const stored = rows.flatMap(({ configKey: key }) => (configKeyFacts(key) === null ? [] : [key]))
  const ofService = service
    ? [
        ...declared.map(keyOfVariable),
        ...variablesOfEnvironment(env, service.id).keys(),
        // What was removed, and instances still have.
        ...instances.flatMap(({ variables }) => [...variables.keys()]),
      ]
    : []
  return [...new Set([...known, ...stored, ...ofService])].sort()
}

function effectiveOf(key: string, facts: ConfigFacts, language: Language): EffectiveConfig {
  const [first, ...others] = layersOf(key, facts)
  const about = isKnownConfigKey(key) ? configKeys[key] : null
  const { kind, effect } = configKeyFacts(key) ?? { kind: 'string', effect: 'new_instances' }
  const now = facts.variables.get(key)?.value
  const stale = facts.instances.filter(({ variables }) => !isDeepStrictEqual(variables.get(key)?.value, now))
  return {
    key,
    value: first?.value ?? null,
    is_set: first !== undefined,
    secret: first?.secret ?? false,
    source: first?.source ?? 'default',
    variable: variableOfConfig(key, facts.service?.id ?? null),
    overridden: others.map(({ source, type, value }) => ({ source, type, value })),
    type: first?.type ?? (facts.service ? 'service' : 'system'),
    revision: first?.row?.revision ?? null,
    declared: facts.declared.some((name) => keyOfVariable(name) === key),
    kind,
    effect,
    title: about?.title[language] ?? key,
    about: about?.about[language] ?? '',
    description: first?.row?.description ?? '',
    stale_instances: stale.map(({ id }) => id),
  }
}

/** What counts for each key, and why. Pure. */
export const effectiveConfigs = (facts: ConfigFacts, language: Language): EffectiveConfig[] =>
  keysOf(facts).map((key) => effectiveOf(key, facts, language))
