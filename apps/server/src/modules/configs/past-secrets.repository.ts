import { and, desc, eq, like, or } from 'drizzle-orm'
import type { Json } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { isOfScope, type ConfigScope } from './config-scope.ts'
import { configChanges } from './configs.tables.ts'

/** A value as it is stored, with its key. */
export type SealedValue = { key: string; value: Json }

/** Sealed values with their keys. */
export type PastSecrets = ReturnType<typeof createPastSecrets>

export function createPastSecrets({ db }: { db: Database }) {
  return {
    /** Every sealed value that keys with a prefix have now, and that they had before, in some scopes. The newest come first. */
    async ever(
      scopes: readonly ConfigScope[],
      prefix: string,
    ): Promise<{ now: SealedValue[]; before: SealedValue[] }> {
      const rows = await db
        .select()
        .from(configChanges)
        .where(
          and(
            or(...scopes.map((scope) => isOfScope(configChanges, scope))),
            like(configChanges.configKey, `${prefix}%`),
            or(eq(configChanges.secretBefore, true), eq(configChanges.secretAfter, true)),
          ),
        )
        .orderBy(desc(configChanges.revision))
      // The newest change of a key comes first, so it is the last one that is put into the map.
      const newest = new Map(rows.toReversed().map((row) => [`${row.configType} ${row.configKey}`, row]))
      const counting = new Set(newest.values())
      const after = (of: typeof rows) =>
        of.flatMap(({ configKey: key, after: value, secretAfter }) =>
          secretAfter && value !== null ? [{ key, value }] : [],
        )
      return {
        now: after(rows.filter((row) => counting.has(row))),
        before: [
          ...after(rows.filter((row) => !counting.has(row))),
          ...rows.flatMap(({ configKey: key, before: value, secretBefore }) =>
            secretBefore && value !== null ? [{ key, value }] : [],
          ),
        ],
      }
    },
  }
}
