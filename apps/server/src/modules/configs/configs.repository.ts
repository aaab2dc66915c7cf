import { and, count, desc, eq, exists, inArray, like, lte, or, sql, type SQL } from 'drizzle-orm'
import type { Json, ListQuery } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { containing } from '../../adapters/database/like-pattern.ts'
import { isForgotten, keepWithin, usualBounds } from './quota.ts'
import { isOfScope, systemScope, type ConfigScope } from './scopes/config-scope.ts'
import {
  columnsOf,
  differs,
  withStored,
  needUnchanged,
  type ValueChange,
  type NewValue,
  type StoredConfig,
} from './changes/changes.repository.ts'
import { valuesThatMayCount } from './effective/effective.repository.ts'
import { configDraftChanged } from './configs.errors.ts'
import { configChanges, configDrafts, configRevisions, serviceConfigs } from './configs.tables.ts'

export type { NewValue, StoredConfig } from './changes/changes.repository.ts'

/** One value that a revision changed. */
export type StoredChange = typeof configChanges.$inferSelect
/** A revision with its changes. */
export type StoredRevision = typeof configRevisions.$inferSelect & { changes: StoredChange[] }

/** Values to store together, and who changes them. */
export type NewRevision = {
  author: { id: string; name: string }
  reason: string
  now: Date
  values: readonly NewValue[]
  /** A number that was reserved for it. It gets another one if a later revision has been made since, because numbers order all changes. */
  number?: number
  /** The oldest revision that an instance of the service has. Changes since then are not forgotten; without it, none of variables. */
  held?: number
  /** The changes of a draft that these values are, by their ids: they are no draft any more. */
  published?: readonly string[]
  /** Seals secrets in clear, and earlier values of a key that becomes a secret. */
  seal?: (value: Json) => string
}

/** Rows of `service_configs`, `config_revisions` and `config_changes`. */
export type ConfigsRepository = ReturnType<typeof createConfigsRepository>

const changeOf = ({ next, row }: ValueChange, revision: number): typeof configChanges.$inferInsert => ({
  ...columnsOf(next),
  revision,
  before: row?.configValue ?? null,
  after: next.value ?? null,
  secretBefore: row?.secret ?? false,
  secretAfter: next.value !== undefined && next.secret,
  description: next.description,
})

/** Seals what the history has of keys that are secrets from now on. */
async function sealHistory(within: Database, { values, seal }: NewRevision): Promise<void> {
  for (const { scope, key } of values.filter(({ secret, value }) => secret && value !== undefined)) {
    const earlier = await within
      .select()
      .from(configChanges)
      .where(and(isOfScope(configChanges, scope), eq(configChanges.configKey, key)))
    for (const { id, before, after, secretBefore, secretAfter } of earlier) {
      const isOpen = (before !== null && !secretBefore) || (after !== null && !secretAfter)
      if (!isOpen) continue
      if (!seal) throw new Error(`nothing seals the history of ${key}`)
      await within
        .update(configChanges)
        .set({
          ...(before !== null && !secretBefore && { before: seal(before), secretBefore: true }),
          ...(after !== null && !secretAfter && { after: seal(after), secretAfter: true }),
        })
        .where(eq(configChanges.id, id))
    }
  }
}

const scopeKey = {
  target: [
    serviceConfigs.configType,
    serviceConfigs.serviceId,
    serviceConfigs.userId,
    serviceConfigs.configKey,
  ],
}

async function storeValue(within: Database, { next, row }: ValueChange, revision: number): Promise<void> {
  if (next.value === undefined) {
    if (row) await within.delete(serviceConfigs).where(eq(serviceConfigs.id, row.id))
    return
  }
  const { secret, description } = next
  const columns = { configValue: next.value, secret, description, revision }
  await within
    .insert(serviceConfigs)
    .values({ ...columnsOf(next), ...columns })
    .onConflictDoUpdate({ ...scopeKey, set: columns })
}

/** The value to store, once no change of the key of the secrets can come between: one sealed earlier may be of a key that is gone. */
function sealedNow(next: NewValue, row: StoredConfig | undefined, seal: NewRevision['seal']): NewValue {
  if (next.sealing === 'keep' && row?.secret) return { ...next, value: row.configValue }
  if (next.sealing !== 'seal' || next.value === undefined) return next
  if (!seal) throw new Error(`nothing seals ${next.key}`)
  return { ...next, value: seal(next.value) }
}

/** Removes changes from a draft. Throws `config.draft_changed` if one of them is gone: it was drafted anew, discarded or published. */
async function takeFromDraft(within: Database, ids: readonly string[]): Promise<void> {
  const taken = await within
    .delete(configDrafts)
    .where(inArray(configDrafts.id, [...ids]))
    .returning({ id: configDrafts.id })
  if (taken.length < ids.length) throw configDraftChanged({})
}

/** The number of the newest revision; 0 if there is none. */
async function newestNumber(within: Pick<Database, 'select'>): Promise<number> {
  const [row] = await within
    .select({ number: configRevisions.number })
    .from(configRevisions)
    .orderBy(desc(configRevisions.number))
    .limit(1)
  return row?.number ?? 0
}

async function insertRevision(
  within: Database,
  columns: Omit<typeof configRevisions.$inferInsert, 'number'>,
  reserved: number | undefined,
): Promise<number> {
  const isNext = reserved !== undefined && reserved > (await newestNumber(within))
  const insert = within.insert(configRevisions)
  const [made] = await (
    isNext ? insert.overridingSystemValue().values({ ...columns, number: reserved }) : insert.values(columns)
  ).returning({ number: configRevisions.number })
  if (!made) throw new Error('no revision was stored')
  return made.number
}

/**
 * Stores values as one revision. Resolves with its number, or null if nothing changes. Throws `config.changed` if a value is
 * another one than its `base`, `config.draft_changed`, and `config.full`; then nothing is stored.
 */
async function writeRevision(within: Database, revision: NewRevision): Promise<number | null> {
  const { author, reason, now, values } = revision
  // Revisions come one after another, so what a person has read and what is stored are compared once for all.
  await within.execute(sql`lock table ${configRevisions} in share row exclusive mode`)
  if (revision.published) await takeFromDraft(within, revision.published)
  const met = await withStored(within, values)
  needUnchanged(met)
  const meetings = met.map(({ next, row }) => ({ next: sealedNow(next, row, revision.seal), row }))
  const real = meetings.filter(differs)
  if (real.length === 0) return null
  const columns = { authorId: author.id, authorName: author.name, reason, createdAt: now }
  const made = await insertRevision(within, columns, revision.number)
  await within.insert(configChanges).values(real.map((valueChange) => changeOf(valueChange, made)))
  for (const valueChange of real) await storeValue(within, valueChange, made)
  await sealHistory(within, revision)
  const scopes = eachOnce(real.map(({ next }) => next.scope))
  await keepWithin(within, scopes, { bounds: usualBounds, held: revision.held ?? 0 })
  return made
}

/** Each scope once. */
const eachOnce = (scopes: readonly ConfigScope[]): ConfigScope[] => [
  ...new Map(scopes.map((scope) => [JSON.stringify(scope), scope])).values(),
]

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
    /** Sets a system key that the platform remembers for itself; this is no revision. */
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
    /** One value; null if it is not set. */
    async value(scope: ConfigScope, key: string): Promise<StoredConfig | null> {
      const [row] = await db
        .select()
        .from(serviceConfigs)
        .where(and(isOfScope(serviceConfigs, scope), eq(serviceConfigs.configKey, key)))
      return row ?? null
    },
    /** Throws `config.changed` if a value is another one than its `base`, as {@link writeRevision} would at this moment. */
    async needUnchanged(values: readonly NewValue[]): Promise<void> {
      needUnchanged(await withStored(db, values))
    },
    /** Stores values as one revision: see {@link writeRevision}. */
    write: (revision: NewRevision): Promise<number | null> =>
      db.transaction((within) => writeRevision(within, revision)),
    /** Lets no other revision be written before the end of the transaction. Taken before rows of services, as `write` takes it. */
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
    /** Whether what a scope was after a revision was forgotten: see {@link isForgotten}. */
    isForgotten: (scope: ConfigScope, of: { revision: number; key: string | undefined }) =>
      isForgotten(db, scope, of),
    /** The last change of each key of a scope up to a revision: the state after it. */
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
     * Removes revisions of which nothing is left: their services are deleted, or their changes forgotten. The newest one stays, because
     * its number is that of the configuration as it is.
     */
    async removeEmptyRevisions(): Promise<void> {
      const { number } = configRevisions
      await db.execute(sql`
        delete from ${configRevisions}
        where ${number} < (select max(number) from ${configRevisions} as every_one)
          and not exists (select 1 from ${configChanges} where ${configChanges.revision} = ${number})`)
    },
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
