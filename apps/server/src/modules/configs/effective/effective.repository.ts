import { and, inArray, like, or } from 'drizzle-orm'
import { keyOfVariable } from '@vitrine/contract'
import type { Database } from '../../../adapters/database/database.ts'
import { isOfScope, systemScope, type ConfigScope } from '../scopes/config-scope.ts'
import type { StoredConfig } from '../changes/changes.repository.ts'
import { serviceConfigs } from '../configs.tables.ts'

/** What is looked at of a value to find which one counts. Rows are many, and reading a column of each takes time. */
export type CountingConfig = Pick<
  StoredConfig,
  'configKey' | 'configType' | 'configValue' | 'secret' | 'revision' | 'description'
>

/**
 * The values that may count in a scope. For a service these are its own, and of the platform its variables and `keys`: other values of
 * the platform are not for the owners of services.
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
