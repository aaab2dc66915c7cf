import { sql, type AnyColumn, type SQL } from 'drizzle-orm'

/**
 * Returns a LIKE pattern for texts that contain these words. `%`, `_` and `\\` in them match only themselves.
 */
export const containing = (words: string): string =>
  `%${words.replaceAll(/[%_\\]/g, (found) => `\\${found}`)}%`

/** Whether one of the texts that a path leads to in a column of JSON matches a pattern. */
export const textAtContains = (column: AnyColumn, path: string, pattern: string): SQL =>
  sql`exists (select 1 from jsonb_path_query(${column}, ${path}::jsonpath) as word where word #>> '{}' ilike ${pattern})`

/** Whether a translation in a column of `Translations` matches a pattern, in any language. */
export const translationContains = (translations: AnyColumn, pattern: string): SQL =>
  textAtContains(translations, '$.*.*', pattern)
