import { and, eq, gt, isNotNull, sql, type SQL } from 'drizzle-orm'
import { keyOfVariable } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { isOfScope, type ConfigScope } from './scopes/config-scope.ts'
import { configFull } from './configs.errors.ts'
import { configChanges, serviceConfigs } from './configs.tables.ts'

/** How much is stored for one service, or for one person, in bytes in the database, with keys and descriptions. */
export type ConfigBounds = {
  /** The values. */
  values: number
  /** The history of changes. The oldest changes beyond this are forgotten. */
  changes: number
  /** The most that the history may take after the oldest changes were forgotten. Some changes must be kept. */
  mostChanges: number
}

const mebibyte = 1024 ** 2
/** The bounds that the platform uses. */
export const usualBounds: ConfigBounds = {
  values: 4 * mebibyte,
  changes: 16 * mebibyte,
  mostChanges: 48 * mebibyte,
}

/**
 * What a row takes beside its texts and values, with its places in indexes. Very many small values would otherwise take many times the
 * bound, and all of a scope are read together.
 */
const rowBytes = 256
const textBytes = ({ configKey, description }: typeof serviceConfigs | typeof configChanges) =>
  sql`${rowBytes}::int + octet_length(${configKey}) + octet_length(${description})`
const valueBytes = sql`${textBytes(serviceConfigs)} + coalesce(pg_column_size(${serviceConfigs.configValue}), 0)`
const changeBytes = sql`${textBytes(configChanges)} + coalesce(pg_column_size(${configChanges.before}), 0) + coalesce(pg_column_size(${configChanges.after}), 0)`

async function sumOf(
  within: Database,
  table: typeof serviceConfigs | typeof configChanges,
  { bytes, where }: { bytes: SQL; where: SQL | undefined },
): Promise<number> {
  const [row] = await within
    .select({ sum: sql<number>`coalesce(sum(${bytes}), 0)::float8` })
    .from(table)
    .where(where)
  return row?.sum ?? 0
}

/**
 * Deletes the oldest changes of a scope until the rest takes at most `bytes`. The last change of each key stays,
 * because it is the current value. Changes of variables that were in effect after the revision `held` stay too, because
 * an instance may still have them.
 */
async function forgetOldest(
  within: Database,
  scope: ConfigScope,
  { bytes, held }: { bytes: number; held: number },
): Promise<void> {
  const { id, configKey, revision } = configChanges
  await within.execute(sql`
    delete from ${configChanges} where ${id} in (
      select id from (
        select ${id} as id, ${configKey} as key,
          sum(${changeBytes}) over (order by ${revision} desc, ${id}) as total,
          lead(${revision}) over (partition by ${configKey} order by ${revision}) as next
        from ${configChanges} where ${isOfScope(configChanges, scope)}
      ) as ranked
      where total > ${bytes} and next is not null
        and (not starts_with(key, ${keyOfVariable('')}) or next <= ${held})
    )`)
}

/**
 * Keeps the stored values and changes of services and people within bounds. Call it after values were stored. Throws
 * `config.full`. The platform's own values have no bound: whoever may manage the configuration sets them.
 *
 * @param held the oldest revision that an instance has
 */
export async function keepWithin(
  within: Database,
  scopes: readonly ConfigScope[],
  { bounds, held }: { bounds: ConfigBounds; held: number },
): Promise<void> {
  for (const scope of scopes.filter(({ type }) => type !== 'system')) {
    const values = { bytes: valueBytes, where: isOfScope(serviceConfigs, scope) }
    if ((await sumOf(within, serviceConfigs, values)) > bounds.values)
      throw configFull({ limit_bytes: bounds.values })
    const changes = { bytes: changeBytes, where: isOfScope(configChanges, scope) }
    if ((await sumOf(within, configChanges, changes)) <= bounds.changes) continue
    await forgetOldest(within, scope, { bytes: bounds.changes, held })
    if ((await sumOf(within, configChanges, changes)) > bounds.mostChanges)
      throw configFull({ limit_bytes: bounds.mostChanges })
  }
}

/**
 * Whether the state of a scope, or of one key, after a revision is no longer known. This is so if the first kept change
 * of a key is later than the revision and is not the first change of the key.
 */
export async function isForgotten(
  within: Database,
  scope: ConfigScope,
  { revision, key }: { revision: number; key: string | undefined },
): Promise<boolean> {
  const first = within
    .selectDistinctOn([configChanges.configKey], {
      revision: configChanges.revision,
      before: configChanges.before,
    })
    .from(configChanges)
    .where(
      and(isOfScope(configChanges, scope), key === undefined ? undefined : eq(configChanges.configKey, key)),
    )
    .orderBy(configChanges.configKey, configChanges.revision)
    .as('first')
  const found = await within
    .select({ revision: first.revision })
    .from(first)
    .where(and(gt(first.revision, revision), isNotNull(first.before)))
    .limit(1)
  return found.length > 0
}
