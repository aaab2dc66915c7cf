import { and, eq } from 'drizzle-orm'
import type { Json } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { serviceConfigs } from './configs.tables.ts'

/** Rows of `service_configs`. */
export type ConfigsRepository = ReturnType<typeof createConfigsRepository>

export function createConfigsRepository({ db }: { db: Database }) {
  return {
    /** The value of a system key, or null if it is not set. */
    async get(key: string): Promise<Json> {
      const [row] = await db
        .select({ value: serviceConfigs.configValue })
        .from(serviceConfigs)
        .where(and(eq(serviceConfigs.configType, 'system'), eq(serviceConfigs.configKey, key)))
      return row?.value ?? null
    },
    /** Sets a system key. */
    async set(key: string, value: Json): Promise<void> {
      await db
        .insert(serviceConfigs)
        .values({ configKey: key, configValue: value, configType: 'system' })
        .onConflictDoUpdate({
          target: [
            serviceConfigs.configType,
            serviceConfigs.serviceId,
            serviceConfigs.userId,
            serviceConfigs.configKey,
          ],
          set: { configValue: value },
        })
    },
  }
}
