import { and, desc, eq, inArray, like, or, sql } from 'drizzle-orm'
import type { Json } from '@vitrine/contract'
import type { Database } from '../../../adapters/database/database.ts'
import { isOfScope, type ConfigScope } from '../scopes/config-scope.ts'
import { configCanaries, configChanges, configRevisions } from '../configs.tables.ts'

/** A value as it is stored, with its key. */
export type SealedValue = { key: string; value: Json }

/** Reads the present and earlier values of secrets, sealed. */
export type PastSecrets = ReturnType<typeof createPastSecrets>

export function createPastSecrets({ db }: { db: Database }) {
  return {
    /** A text that changes whenever the result of `ever` may have changed. */
    async version(serviceId: string): Promise<string> {
      const { rows } = await db.execute<{ revision: number | null; canary: number | null }>(sql`
        select (select max(${configRevisions.number}) from ${configRevisions}) as revision,
          (select max(${configCanaries.number}) from ${configCanaries}
            where ${configCanaries.serviceId} = ${serviceId}) as canary`)
      const [{ revision, canary } = { revision: null, canary: null }] = rows
      return `${revision} ${canary}`
    },
    /**
     * All sealed values of keys with a prefix in some scopes: the present ones and the earlier ones, including values
     * that were only tried. The newest come first.
     */
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
      const services = scopes.flatMap(({ serviceId }) => serviceId ?? [])
      const tried = await db
        .select({ key: configCanaries.configKey, value: configCanaries.value, ended: configCanaries.ended })
        .from(configCanaries)
        .where(
          and(
            inArray(configCanaries.serviceId, services),
            like(configCanaries.configKey, `${prefix}%`),
            eq(configCanaries.secret, true),
          ),
        )
        .orderBy(desc(configCanaries.number))
      const triedOf = (ended: boolean) =>
        tried.flatMap(({ key, value, ended: hasEnded }) =>
          value !== null && hasEnded === ended ? [{ key, value }] : [],
        )
      // Rows have the newest change first. Reversed, the newest change of a key is the last one that is put into the
      // map.
      const newest = new Map(rows.toReversed().map((row) => [`${row.configType} ${row.configKey}`, row]))
      const counting = new Set(newest.values())
      const after = (of: typeof rows) =>
        of.flatMap(({ configKey: key, after: value, secretAfter }) =>
          secretAfter && value !== null ? [{ key, value }] : [],
        )
      return {
        now: [...triedOf(false), ...after(rows.filter((row) => counting.has(row)))],
        before: [
          ...triedOf(true),
          ...after(rows.filter((row) => !counting.has(row))),
          ...rows.flatMap(({ configKey: key, before: value, secretBefore }) =>
            secretBefore && value !== null ? [{ key, value }] : [],
          ),
        ],
      }
    },
  }
}
