import { sql, type AnyColumn, type SQL } from 'drizzle-orm'

/**
 * Returns a LIKE pattern for texts that contain these words. `%`, `_` and `\\` in them match only themselves.
 */
export const containing = (words: string): string =>
  `%${words.replaceAll(/[%_\\]/g, (found) => `\\${found}`)}%`

/** Whether a translation in a column of `Translations` matches a pattern, in any language. */
export const translationContains = (translations: AnyColumn, pattern: string): SQL =>
  sql`exists (select 1 from jsonb_path_query(${translations}, '$.*.*') as word where word #>> '{}' ilike ${pattern})`
