import { and, eq, isNull, type SQL } from 'drizzle-orm'
import type { ConfigType } from '@vitrine/contract'
import type { configChanges, configDrafts, serviceConfigs } from '../configs.tables.ts'

/** Whose values: the system's, a service's, or a person's. */
export type ConfigScope = { type: ConfigType; serviceId: string | null; userId: string | null }

/** The values of the platform. */
export const systemScope: ConfigScope = { type: 'system', serviceId: null, userId: null }
/** The values of a service. */
export const serviceScope = (serviceId: string): ConfigScope => ({ type: 'service', serviceId, userId: null })

/** The rows of a scope. */
export const isOfScope = (
  { configType, serviceId, userId }: typeof serviceConfigs | typeof configChanges | typeof configDrafts,
  scope: ConfigScope,
): SQL | undefined =>
  and(
    eq(configType, scope.type),
    scope.serviceId === null ? isNull(serviceId) : eq(serviceId, scope.serviceId),
    scope.userId === null ? isNull(userId) : eq(userId, scope.userId),
  )
