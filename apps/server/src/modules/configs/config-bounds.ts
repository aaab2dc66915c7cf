import { and, eq, gt, isNotNull, lt, notExists, sql, type SQL } from 'drizzle-orm'
import { keyOfVariable } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { isOfScope, type ConfigScope } from './scopes/config-scope.ts'
import { configFull } from './configs.errors.ts'
import { configChanges, configRevisions, serviceConfigs } from './configs.tables.ts'

/** How much is stored for one service, or for one person, in bytes in the database, with keys, descriptions and reasons. */
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

/** What a revision takes beside its changes: its row and its reason. */
const revisionBytes = sql`${rowBytes}::int + octet_length(${configRevisions.reason})`

async function bytesOfValues(within: Database, scope: ConfigScope): Promise<number> {
  const [row] = await within
    .select({ sum: sql<number>`coalesce(sum(${valueBytes}), 0)::float8` })
    .from(serviceConfigs)
    .where(isOfScope(serviceConfigs, scope))
  return row?.sum ?? 0
}

/** What the changes of a scope take, with the reasons of their revisions. */
async function bytesOfChanges(within: Database, scope: ConfigScope): Promise<number> {
  const ofScope = isOfScope(configChanges, scope)
  const { rows } = await within.execute<{ sum: number }>(sql`
    select (
      coalesce((select sum(${changeBytes}) from ${configChanges} where ${ofScope}), 0)
      + coalesce((select sum(${revisionBytes}) from ${configRevisions} where ${configRevisions.number} in (
          select ${configChanges.revision} from ${configChanges} where ${ofScope})), 0)
    )::float8 as sum`)
  return rows[0]?.sum ?? 0
}

/**
 * The changes of a scope, each with the next one of its key, and with `total`, what it takes together with all newer ones. A
 * revision counts with the first of its changes.
 */
function rankedChanges(scope: ConfigScope): SQL {
  const { id, configKey, revision } = configChanges
  return sql`
    select id, key, next, sum(bytes) over (order by revision desc, id) as total
    from (
      select ${id} as id, ${revision} as revision, ${configKey} as key,
        lead(${revision}) over (partition by ${configKey} order by ${revision}) as next,
        ${changeBytes} + case
          when row_number() over (partition by ${revision} order by ${id}) = 1 then ${revisionBytes} else 0
        end as bytes
      from ${configChanges} join ${configRevisions} on ${configRevisions.number} = ${revision}
      where ${isOfScope(configChanges, scope)}
    ) as measured`
}

/**
 * Deletes the oldest changes of a scope until the rest takes at most `bytes`, and the revisions of which nothing is left with
 * them: their reasons would otherwise stay for up to an hour. The last change of each key stays, because it is the current
 * value. Changes of variables that were in effect after the revision `held` stay too, because an instance may still have them.
 */
async function forgetOldest(
  within: Database,
  scope: ConfigScope,
  { bytes, held }: { bytes: number; held: number },
): Promise<void> {
  const { id, revision } = configChanges
  const { rows } = await within.execute<{ revision: number }>(sql`
    delete from ${configChanges} where ${id} in (
      select id from (${rankedChanges(scope)}) as ranked
      where total > ${bytes} and next is not null
        and (not starts_with(key, ${keyOfVariable('')}) or next <= ${held})
    ) returning ${revision} as revision`)
  await removeEmpty(within, [...new Set(rows.map((row) => row.revision))])
}

/**
 * Removes those of the revisions that have no changes. The newest revision stays, because its number is that of the current
 * configuration.
 */
export async function removeEmpty(within: Database, numbers: readonly number[] | 'all'): Promise<void> {
  const { number } = configRevisions
  // One parameter: there may be more numbers than a statement can have parameters.
  const meant = numbers === 'all' ? undefined : sql`${number} = any(${sql.param(numbers)}::int[])`
  const hasChanges = within
    .select({ one: sql`1` })
    .from(configChanges)
    .where(eq(configChanges.revision, number))
  const newest = sql`(select max(number) from ${configRevisions} as every_one)`
  await within.delete(configRevisions).where(and(meant, lt(number, newest), notExists(hasChanges)))
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
    if ((await bytesOfValues(within, scope)) > bounds.values) throw configFull({ limit_bytes: bounds.values })
    if ((await bytesOfChanges(within, scope)) <= bounds.changes) continue
    await forgetOldest(within, scope, { bytes: bounds.changes, held })
    if ((await bytesOfChanges(within, scope)) > bounds.mostChanges)
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
