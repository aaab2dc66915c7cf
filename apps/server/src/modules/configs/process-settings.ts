import type { ConfigSource } from '@vitrine/contract'
import type { Environment } from './config-environment.ts'

/** A setting of the process, which only its environment sets. `value` is null for a secret and where there is none. */
export type ProcessSetting = { variable: string; value: string | null; source: ConfigSource; secret: boolean }

/** Settings that hold passwords or keys, some of them within an address. */
const secretNames: ReadonlySet<string> = new Set([
  'VITRINE_ADMIN_PASSWORD',
  'DATABASE_URL',
  'REDIS_URL',
  'GITEA_ACCESS_TOKEN',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
])

const asText = (value: unknown): string | null => {
  if (value === undefined) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The settings of the process as people may see them. `settings` are the parsed ones, with their defaults. Pure. */
export const processSettings = (
  settings: Readonly<Record<string, unknown>>,
  env: Environment,
): ProcessSetting[] =>
  Object.entries(settings)
    .map(([variable, value]) => {
      const secret = secretNames.has(variable)
      const given = env[variable] ?? ''
      const source = given === '' ? ('default' as const) : ('environment' as const)
      return { variable, secret, source, value: secret ? null : given || asText(value) }
    })
    .sort((one, other) => (one.variable < other.variable ? -1 : 1))
