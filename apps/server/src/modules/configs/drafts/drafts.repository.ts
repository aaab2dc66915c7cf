import { and, count, eq, inArray, sql } from 'drizzle-orm'
import { most, type Json } from '@vitrine/contract'
import type { Database } from '../../../adapters/database/database.ts'
import { usualBounds } from '../config-bounds.ts'
import { isOfScope, type ConfigScope } from '../scopes/config-scope.ts'
import { configFull } from '../configs.errors.ts'
import type { NewValue } from '../changes.repository.ts'
import { configDrafts, configRevisions } from '../configs.tables.ts'

/**
 * A change in a person's draft. `value` is sealed for a secret. It is null to remove the value, or to keep that of a
 * secret.
 */
export type StoredDraft = typeof configDrafts.$inferSelect
/** Changes to put into a draft. */
export type NewDraft = {
  scope: ConfigScope
  author: { id: string; name: string }
  now: Date
  values: readonly NewValue[]
  seal: (value: Json) => string
}

/** Rows of `config_drafts`. */
export type ConfigDraftsRepository = ReturnType<typeof createConfigDrafts>

const rowOf = ({ scope, author, now, seal }: NewDraft, next: NewValue): typeof configDrafts.$inferInsert => {
  const { key: configKey, value, secret, sealing, description, base = 0 } = next
  const given = value === undefined || sealing === 'keep' ? null : sealing === 'seal' ? seal(value) : value
  return {
    configKey,
    configType: scope.type,
    serviceId: scope.serviceId,
    userId: scope.userId,
    authorId: author.id,
    authorName: author.name,
    updatedAt: now,
    value: given,
    unset: value === undefined,
    secret,
    description,
    base,
  }
}

export function createConfigDrafts({ db }: { db: Database }) {
  const isOf = (scope: ConfigScope, authorId: string) =>
    and(isOfScope(configDrafts, scope), eq(configDrafts.authorId, authorId))
  return {
    /** The changes in all drafts of a scope, of all people. */
    list: (scope: ConfigScope): Promise<StoredDraft[]> =>
      db.select().from(configDrafts).where(isOfScope(configDrafts, scope)).orderBy(configDrafts.configKey),
    /** Puts changes into a draft. They replace those of the same keys. Throws `config.full`. */
    save: (draft: NewDraft): Promise<void> =>
      db.transaction(async (within) => {
        // With the lock, secrets are sealed with the newest key, and two saves of one person come one after the other.
        await within.execute(sql`lock table ${configRevisions} in share row exclusive mode`)
        const { scope, author, values } = draft
        const keys = values.map(({ key }) => key)
        await within
          .delete(configDrafts)
          .where(and(isOf(scope, author.id), inArray(configDrafts.configKey, keys)))
        await within.insert(configDrafts).values(values.map((next) => rowOf(draft, next)))
        const bytes = sql<number>`coalesce(sum(pg_column_size(${configDrafts.value})), 0)::float8`
        const [sum] = await within
          .select({ bytes, rows: count() })
          .from(configDrafts)
          .where(isOf(scope, author.id))
        if (sum && (sum.bytes > usualBounds.values || sum.rows > most.configChanges))
          throw configFull({ limit_bytes: usualBounds.values })
      }),
    /** Discards the draft of a person, or one key of it. Resolves with the number of discarded changes. */
    async discard(scope: ConfigScope, authorId: string, key: string | undefined): Promise<number> {
      const gone = await db
        .delete(configDrafts)
        .where(and(isOf(scope, authorId), key === undefined ? undefined : eq(configDrafts.configKey, key)))
        .returning({ id: configDrafts.id })
      return gone.length
    },
  }
}
