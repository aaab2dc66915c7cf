import { and, eq, gt, isNotNull, sql, type SQL } from 'drizzle-orm'
import { keyOfVariable } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { isOfScope, type ConfigScope } from './scopes/config-scope.ts'
import { configFull } from './configs.errors.ts'
import { configChanges, serviceConfigs } from './configs.tables.ts'

/** How much is stored of one service, or of one person, in bytes on the disk. */
export type ConfigBounds = {
  /** The values. */
  values: number
  /** The changes that led to them. The oldest are forgotten beyond this. */
  changes: number
  /** The changes that nobody may forget. */
  mostChanges: number
}

const mebibyte = 1024 ** 2
/** The bounds of a platform. */
export const usualBounds: ConfigBounds = {
  values: 4 * mebibyte,
  changes: 16 * mebibyte,
  mostChanges: 48 * mebibyte,
}

const valueBytes = sql`coalesce(pg_column_size(${serviceConfigs.configValue}), 0)`
const changeBytes = sql`coalesce(pg_column_size(${configChanges.before}), 0) + coalesce(pg_column_size(${configChanges.after}), 0)`

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
 * Forgets the oldest changes of a scope. The last change of each key stays, since it is the value, and so do changes of variables that an
 * instance may still have: those that were in force after the revision `held`.
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
 * Keeps what is stored of services and people within bounds, after values were stored. Throws `config.full`. The platform's own values are
 * its administrators', who have no bound.
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

/** Whether what a scope was after a revision was forgotten: of a key, the first change that is kept is a later one, and not its first. */
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
