import type { KnownConfigKey } from '@vitrine/contract'
import type { TextSealer } from '../../../lib/sealed-text.ts'
import { valueOfEnvironment, type Environment } from '../effective/environment.ts'
import { systemScope } from '../scopes/config-scope.ts'
import type { ConfigsRepository } from '../configs.repository.ts'
import { openedValue } from '../effective/service-variables.ts'

/**
 * The value of a secret of the platform in clear, from the environment or the database. Null if there is none. It is
 * read when it is needed and not kept in memory. Throws `config.secret_unreadable`.
 */
export async function platformSecret(
  deps: { configs: Pick<ConfigsRepository, 'values'>; sealer: TextSealer; env: Environment },
  key: KnownConfigKey,
): Promise<string | null> {
  const given = valueOfEnvironment(deps.env, key)
  if (given !== undefined) return String(given)
  const row = (await deps.configs.values([systemScope])).find(({ configKey }) => configKey === key)
  if (!row) return null
  return String(openedValue(deps.sealer, { key, value: row.configValue, secret: row.secret }))
}
