import { and, inArray, like, or } from 'drizzle-orm'
import { keyOfVariable } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { isOfScope, systemScope, type ConfigScope } from './scopes/config-scope.ts'
import type { StoredConfig } from './changes.repository.ts'
import { serviceConfigs } from './configs.tables.ts'

/**
 * The columns that are needed to find the effective value. There are many rows, and reading more columns takes time.
 */
export type CountingConfig = Pick<
  StoredConfig,
  'configKey' | 'configType' | 'configValue' | 'secret' | 'revision' | 'description'
>

/**
 * The values that may apply in a scope. For a service these are its own values, and of the platform's values only
 * variables and `keys`, because owners of services may not see the others.
 */
export function valuesThatMayCount(
  db: Database,
  scope: ConfigScope,
  keys: readonly string[],
): Promise<CountingConfig[]> {
  const { configKey, configType, configValue, secret, revision, description } = serviceConfigs
  const ofPlatform = and(
    isOfScope(serviceConfigs, systemScope),
    or(like(configKey, `${keyOfVariable('')}%`), inArray(configKey, [...keys])),
  )
  return db
    .select({ configKey, configType, configValue, secret, revision, description })
    .from(serviceConfigs)
    .where(or(isOfScope(serviceConfigs, scope), scope.type === 'service' ? ofPlatform : undefined))
    .orderBy(configKey)
}
