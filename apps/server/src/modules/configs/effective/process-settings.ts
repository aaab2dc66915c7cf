import {
  configKeys,
  isKnownConfigKey,
  type ConfigKeyDefinition,
  type ConfigSource,
  type KnownConfigKey,
} from '@vitrine/contract'
import { textOfEnvironment } from './environment.ts'
import type { FixedLayers } from './current-config.ts'

/** A setting that only the environment of the process sets. `value` is null for a secret, or if there is none. */
export type ProcessSetting = { variable: string; value: string | null; source: ConfigSource; secret: boolean }

/** Settings that contain passwords or keys, some of them within an address. */
const secretNames: ReadonlySet<string> = new Set([
  'VITRINE_ADMIN_PASSWORD',
  'VITRINE_SECRET_KEY',
  'DATABASE_URL',
  'REDIS_URL',
  'GITEA_ACCESS_TOKEN',
  'VITRINE_OIDC_CLIENT_SECRET',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
])

const asText = (value: unknown): string | null => {
  if (value === undefined) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The key of the configuration that has the same value as a setting. Null if there is none. */
const keyOfSetting = (variable: string): KnownConfigKey | null =>
  Object.entries<ConfigKeyDefinition>(configKeys)
    .flatMap(([key, { setting }]) => (setting === variable && isKnownConfigKey(key) ? [key] : []))
    .at(0) ?? null

const isChangeable = (key: KnownConfigKey | null): boolean => {
  const definition: ConfigKeyDefinition | null = key === null ? null : configKeys[key]
  return definition !== null && definition.types.length > 0
}

/** The settings of the process as people may see them. `settings` are the parsed settings with their defaults. Pure. */
export const processSettings = (
  settings: Readonly<Record<string, unknown>>,
  { env, file }: FixedLayers,
): ProcessSetting[] =>
  Object.entries(settings)
    // Settings that can be changed while the platform runs are listed among its values, with their current value.
    .filter(([variable]) => !isChangeable(keyOfSetting(variable)))
    .map(([variable, value]): ProcessSetting => {
      const secret = secretNames.has(variable)
      const key = keyOfSetting(variable)
      const given = env[variable] || (key === null ? '' : (textOfEnvironment(env, key)?.text ?? ''))
      const source = given !== '' ? 'environment' : key !== null && file.has(key) ? 'file' : 'default'
      return { variable, secret, source, value: secret ? null : given || asText(value) }
    })
    .sort((one, other) => (one.variable < other.variable ? -1 : 1))
