import { and, count, desc, eq, exists, inArray, like, lte, or, sql, type SQL } from 'drizzle-orm'
import type { Json, ListQuery } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { containing } from '../../adapters/database/like-pattern.ts'
import { requireUnchanged, withStored, type NewValue, type StoredConfig } from './changes.repository.ts'
import { newestNumber, scopeKey, writeRevision, type NewRevision } from './write-revision.repository.ts'
import { configChanges, configRevisions, serviceConfigs } from './configs.tables.ts'
import { valuesThatMayCount } from './effective.repository.ts'
import { isForgotten, removeEmpty } from './config-bounds.ts'
import { isOfScope, systemScope, type ConfigScope } from './scopes/config-scope.ts'

export type { NewValue, StoredConfig } from './changes.repository.ts'

/** One value that a revision changed. */
export type StoredChange = typeof configChanges.$inferSelect
/** A revision with its changes. */
export type StoredRevision = typeof configRevisions.$inferSelect & { changes: StoredChange[] }

/** Rows of `service_configs`, `config_revisions` and `config_changes`. */
export type ConfigsRepository = ReturnType<typeof createConfigsRepository>

export function createConfigsRepository({ db }: { db: Database }) {
  const withChanges = async (
    revisions: (typeof configRevisions.$inferSelect)[],
    where: SQL | undefined,
  ): Promise<StoredRevision[]> => {
    if (revisions.length === 0) return []
    const numbers = revisions.map(({ number }) => number)
    const changes = await db
      .select()
      .from(configChanges)
      .where(and(inArray(configChanges.revision, numbers), where))
      .orderBy(configChanges.configKey)
    return revisions.map((revision) => ({
      ...revision,
      changes: changes.filter((change) => change.revision === revision.number),
    }))
  }
  return {
    /** The value of a system key, or null if it is not set. */
    async get(key: string): Promise<Json> {
      const [row] = await db
        .select({ value: serviceConfigs.configValue })
        .from(serviceConfigs)
        .where(and(isOfScope(serviceConfigs, systemScope), eq(serviceConfigs.configKey, key)))
      return row?.value ?? null
    },
    /** Sets a system key that the platform keeps for itself. This makes no revision. */
    async set(key: string, value: Json): Promise<void> {
      await db
        .insert(serviceConfigs)
        .values({ configKey: key, configValue: value, configType: 'system' })
        .onConflictDoUpdate({ ...scopeKey, set: { configValue: value } })
    },
    /** All values of some scopes. */
    values: (scopes: readonly ConfigScope[]): Promise<StoredConfig[]> =>
      db
        .select()
        .from(serviceConfigs)
        .where(or(...scopes.map((scope) => isOfScope(serviceConfigs, scope))))
        .orderBy(serviceConfigs.configKey),
    mayCount: (scope: ConfigScope, keys: readonly string[]) => valuesThatMayCount(db, scope, keys),
    /** One value. Null if it is not set. */
    async value(scope: ConfigScope, key: string): Promise<StoredConfig | null> {
      const [row] = await db
        .select()
        .from(serviceConfigs)
        .where(and(isOfScope(serviceConfigs, scope), eq(serviceConfigs.configKey, key)))
      return row ?? null
    },
    /**
     * Throws `config.changed` if a value has another revision than its `base`, as {@link writeRevision} would at this
     * moment.
     */
    async requireUnchanged(values: readonly NewValue[]): Promise<void> {
      requireUnchanged(await withStored(db, values))
    },
    /** Stores values as one revision: see {@link writeRevision}. */
    write: (revision: NewRevision): Promise<number | null> =>
      db.transaction((within) => writeRevision(within, revision)),
    /**
     * Takes a lock, so that no other revision is written before the end of the transaction. Take it before locks on
     * rows of services, in the same order as `write`.
     */
    async lock(): Promise<void> {
      await db.execute(sql`lock table ${configRevisions} in share row exclusive mode`)
    },
    /** The number of the newest revision; 0 if there is none. */
    newest: (): Promise<number> => newestNumber(db),
    /** Whether there is a revision. */
    async hasRevision(number: number): Promise<boolean> {
      const rows = await db.select().from(configRevisions).where(eq(configRevisions.number, number))
      return rows.length > 0
    },
    /** Whether the state of a scope after a revision is no longer known: see {@link isForgotten}. */
    isForgotten: (scope: ConfigScope, of: { revision: number; key: string | undefined }) =>
      isForgotten(db, scope, of),
    /** The last change of each key of a scope up to a revision. Together they are the state after that revision. */
    changesUpTo: (
      scope: ConfigScope,
      revision: number,
      { key, prefix }: { key?: string | undefined; prefix?: string } = {},
    ): Promise<StoredChange[]> =>
      db
        .selectDistinctOn([configChanges.configKey])
        .from(configChanges)
        .where(
          and(
            isOfScope(configChanges, scope),
            lte(configChanges.revision, revision),
            key === undefined ? undefined : eq(configChanges.configKey, key),
            prefix === undefined ? undefined : like(configChanges.configKey, `${prefix}%`),
          ),
        )
        .orderBy(configChanges.configKey, desc(configChanges.revision)),
    /**
     * Removes revisions without changes, whose services were deleted or whose changes were forgotten. The newest
     * revision stays, because its number is that of the current configuration.
     */
    removeEmptyRevisions: (): Promise<void> => removeEmpty(db, 'all'),
    /** A page of the revisions that changed a scope, or one key of it, with these changes. Newest first. */
    async revisions(
      scope: ConfigScope,
      { key, q, page, page_size: size }: ListQuery & { key?: string },
    ): Promise<{ items: StoredRevision[]; total: number }> {
      const of = and(
        isOfScope(configChanges, scope),
        key === undefined ? undefined : eq(configChanges.configKey, key),
        q === '' ? undefined : like(configChanges.configKey, containing(q)),
      )
      const where = exists(
        db
          .select({ one: sql`1` })
          .from(configChanges)
          .where(and(eq(configChanges.revision, configRevisions.number), of)),
      )
      const [rows, [totals]] = await Promise.all([
        db
          .select()
          .from(configRevisions)
          .where(where)
          .orderBy(desc(configRevisions.number))
          .limit(size)
          .offset((page - 1) * size),
        db.select({ total: count() }).from(configRevisions).where(where),
      ])
      return { items: await withChanges(rows, of), total: totals?.total ?? 0 }
    },
  }
}
