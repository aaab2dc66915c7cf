import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import type { Json } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { configDraftChanged } from './configs.errors.ts'
import { configChanges, configDrafts, configRevisions, serviceConfigs } from './configs.tables.ts'
import { keepWithin, usualBounds } from './config-bounds.ts'
import { isOfScope, type ConfigScope } from './scopes/config-scope.ts'
import {
  columnsOf,
  differs,
  requireUnchanged,
  withStored,
  type NewValue,
  type StoredConfig,
  type ValueChange,
} from './changes.repository.ts'

/** Values to store together, and who changes them. */
export type NewRevision = {
  author: { id: string; name: string }
  reason: string
  now: Date
  values: readonly NewValue[]
  /**
   * The number that was reserved for this revision. It gets another one if a later revision has been made since,
   * because numbers give the order of all changes.
   */
  number?: number
  /**
   * The oldest revision that an instance of the service has. Changes of variables since then are kept; all of them if
   * it is absent.
   */
  held?: number
  /** The ids of the changes of a draft that these values are. They are removed from the draft. */
  published?: readonly string[]
  /** Seals secrets that are still in clear, and earlier values of a key that becomes a secret. */
  seal?: (value: Json) => string
}

const changeOf = ({ next, row }: ValueChange, revision: number): typeof configChanges.$inferInsert => ({
  ...columnsOf(next),
  revision,
  before: row?.configValue ?? null,
  after: next.value ?? null,
  secretBefore: row?.secret ?? false,
  secretAfter: next.value !== undefined && next.secret,
  description: next.description,
})

/** Seals the values in the history of keys that are secrets from now on. */
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

/** The columns that identify a row of values. */
export const scopeKey = {
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

/**
 * The value to store, with a secret sealed. Call it while the lock is held, so that the sealing key cannot change in
 * between.
 */
function sealedNow(next: NewValue, row: StoredConfig | undefined, seal: NewRevision['seal']): NewValue {
  if (next.sealing === 'keep' && row?.secret) return { ...next, value: row.configValue }
  if (next.sealing !== 'seal' || next.value === undefined) return next
  if (!seal) throw new Error(`nothing seals ${next.key}`)
  return { ...next, value: seal(next.value) }
}

/**
 * Removes changes from a draft. Throws `config.draft_changed` if one of them no longer exists because it was drafted
 * again, discarded or published.
 */
async function takeFromDraft(within: Database, ids: readonly string[]): Promise<void> {
  const taken = await within
    .delete(configDrafts)
    .where(inArray(configDrafts.id, [...ids]))
    .returning({ id: configDrafts.id })
  if (taken.length < ids.length) throw configDraftChanged({})
}

/** The number of the newest revision; 0 if there is none. */
export async function newestNumber(within: Pick<Database, 'select'>): Promise<number> {
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
 * Stores values as one revision. Resolves with its number, or null if nothing changes. Throws `config.changed` if a
 * value has another revision than its `base`, `config.draft_changed`, and `config.full`. Call it in a transaction, so
 * that nothing is stored if it throws.
 */
export async function writeRevision(within: Database, revision: NewRevision): Promise<number | null> {
  const { author, reason, now, values } = revision
  // The lock lets only one revision be written at a time, so nothing can change between the comparison and the write.
  await within.execute(sql`lock table ${configRevisions} in share row exclusive mode`)
  if (revision.published) await takeFromDraft(within, revision.published)
  const met = await withStored(within, values)
  requireUnchanged(met)
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

/** The scopes without duplicates. */
const eachOnce = (scopes: readonly ConfigScope[]): ConfigScope[] => [
  ...new Map(scopes.map((scope) => [JSON.stringify(scope), scope])).values(),
]
