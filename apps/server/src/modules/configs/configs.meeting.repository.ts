import { isDeepStrictEqual } from 'node:util'
import { inArray } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { configChanged } from './configs.errors.ts'
import type { NewValue, StoredConfig } from './configs.repository.ts'
import { serviceConfigs } from './configs.tables.ts'

/** The columns that say whose value of which key it is. */
export const columnsOf = ({ scope, key }: Pick<NewValue, 'scope' | 'key'>) => ({
  configKey: key,
  configType: scope.type,
  serviceId: scope.serviceId,
  userId: scope.userId,
})

/** A value to store beside the one that is stored. */
export type Meeting = { next: NewValue; row: StoredConfig | undefined }

/** Whether storing it changes anything. */
export const differs = ({ next, row }: Meeting): boolean =>
  next.value === undefined
    ? row !== undefined
    : row === undefined ||
      next.secret ||
      row.secret ||
      row.description !== next.description ||
      !isDeepStrictEqual(row.configValue, next.value)

/** Throws `config.changed` if the value is another one than the caller has read. */
export function needUnchanged({ next, row }: Meeting): void {
  if (next.base === undefined || next.base === (row?.revision ?? 0)) return
  throw configChanged({
    key: next.key,
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

/** The values to store, each with the row that it meets. */
export async function meet(
  within: Pick<Database, 'select'>,
  values: readonly NewValue[],
): Promise<Meeting[]> {
  const keys = [...new Set(values.map(({ key }) => key))]
  const rows = await within.select().from(serviceConfigs).where(inArray(serviceConfigs.configKey, keys))
  return values.map((next) => ({
    next,
    row: rows.find((one) => isDeepStrictEqual(columnsOf(next), scopedKey(one))),
  }))
}
