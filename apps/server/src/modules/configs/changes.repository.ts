import { isDeepStrictEqual } from 'node:util'
import { inArray } from 'drizzle-orm'
import type { Json } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import type { ConfigScope } from './scopes/config-scope.ts'
import { configChanged } from './configs.errors.ts'
import { serviceConfigs } from './configs.tables.ts'

/** A value that is set. */
export type StoredConfig = typeof serviceConfigs.$inferSelect
/** A value to store. `value` is undefined to remove it. For a secret it is sealed text, unless `sealing` is set. */
export type NewValue = {
  scope: ConfigScope
  key: string
  value: Json | undefined
  secret: boolean
  description: string
  /**
   * For a secret. `keep`: the stored value stays. `seal`: `value` is still in clear. If absent, `value` is stored as it
   * is.
   */
  sealing?: 'keep' | 'seal'
  /** The revision of the value that the caller has read. Undefined if they do not say. */
  base?: number | undefined
}
/** The columns of the scope and the key of a value. */
export const columnsOf = ({ scope, key }: Pick<NewValue, 'scope' | 'key'>) => ({
  configKey: key,
  configType: scope.type,
  serviceId: scope.serviceId,
  userId: scope.userId,
})

/** A value to store, with the row of the stored value. */
export type ValueChange = { next: NewValue; row: StoredConfig | undefined }

/** Whether storing the value would change anything. */
export const differs = ({ next, row }: ValueChange): boolean =>
  next.value === undefined
    ? row !== undefined
    : row === undefined ||
      next.secret ||
      row.secret ||
      row.description !== next.description ||
      !isDeepStrictEqual(row.configValue, next.value)

/** Throws `config.changed` with the keys of all values that have changed since the caller read them. */
export function requireUnchanged(meetings: readonly ValueChange[]): void {
  const changed = meetings.filter(
    ({ next: { base }, row }) => base !== undefined && base !== (row?.revision ?? 0),
  )
  const [first] = changed
  if (!first) return
  const { next, row } = first
  throw configChanged({
    key: next.key,
    keys: [...new Set(changed.map((one) => one.next.key))],
    yours: next.secret ? null : (next.value ?? null),
    theirs: row && !row.secret ? row.configValue : null,
    revision: row?.revision ?? 0,
  })
}

const scopedKey = ({ configKey, configType, serviceId, userId }: StoredConfig) => ({
  configKey,
  configType,
  serviceId,
  userId,
})

/** The values to store, each with the row that it replaces. */
export async function withStored(
  within: Pick<Database, 'select'>,
  values: readonly NewValue[],
): Promise<ValueChange[]> {
  const keys = [...new Set(values.map(({ key }) => key))]
  const rows = await within.select().from(serviceConfigs).where(inArray(serviceConfigs.configKey, keys))
  return values.map((next) => ({
    next,
    row: rows.find((one) => isDeepStrictEqual(columnsOf(next), scopedKey(one))),
  }))
}
