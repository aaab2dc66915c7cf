import { and, eq, like, or } from 'drizzle-orm'
import type { Json } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { isOfScope, type ConfigScope } from './config-scope.ts'
import { configChanges } from './configs.tables.ts'

/** Sealed values with their keys. */
export type PastSecrets = ReturnType<typeof createPastSecrets>

export function createPastSecrets({ db }: { db: Database }) {
  return {
    /** Every sealed value that keys with a prefix have or had in some scopes. */
    async ever(scopes: readonly ConfigScope[], prefix: string): Promise<{ key: string; value: Json }[]> {
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
      return rows.flatMap(({ configKey: key, before, after, secretBefore, secretAfter }) => [
        ...(secretBefore && before !== null ? [{ key, value: before }] : []),
        ...(secretAfter && after !== null ? [{ key, value: after }] : []),
      ])
    },
  }
}
