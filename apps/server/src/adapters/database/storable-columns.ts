import { customType } from 'drizzle-orm/pg-core'

/**
 * Replaces what PostgreSQL refuses to store by U+FFFD: U+0000 and unpaired surrogates
 * (https://www.postgresql.org/docs/15/datatype-json.html).
 */
export const storableText = (text: string): string => text.replaceAll(/\0|\p{Surrogate}/gu, '\uFFFD')

/**
 * {@link storableText} for a JSON text written by `JSON.stringify`, in which these characters are escapes.
 */
export const storableJsonText = (text: string): string =>
  text.replaceAll(/\\(\\|u0000|ud[89a-f][0-9a-f]{2})/g, (found, escaped) =>
    escaped === '\\' ? found : '\\ufffd',
  )

/**
 * A column for text written by algorithms and tools (logs, messages). It accepts any text. Text from a person
 * is refused instead if it cannot be stored, see `isUnstorableText`.
 */
export const programText = customType<{ data: string; driverData: string }>({
  dataType: () => 'text',
  toDriver: storableText,
})

/** Like {@link programText}, for JSON: results, failures, steps with lines of logs. */
export const programJson = customType<{ data: unknown; driverData: unknown }>({
  dataType: () => 'jsonb',
  toDriver: (value) => storableJsonText(JSON.stringify(value)),
})
