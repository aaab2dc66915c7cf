import { customType } from 'drizzle-orm/pg-core'

/**
 * Text as PostgreSQL can keep it: U+0000 and halves of a surrogate pair, which it refuses
 * (https://www.postgresql.org/docs/15/datatype-json.html), become U+FFFD.
 */
export const storableText = (text: string): string => text.replaceAll(/\0|\p{Surrogate}/gu, '\uFFFD')

/** {@link storableText} within a JSON text as `JSON.stringify` writes it, where these characters are escapes. */
const storableJsonText = (text: string): string =>
  text.replaceAll(/\\(\\|u0000|ud[89a-f][0-9a-f]{2})/g, (found, escaped) =>
    escaped === '\\' ? found : '\\ufffd',
  )

/**
 * A column of text that algorithms and tools have written (logs, messages): it takes whatever they wrote. What a person gives is
 * refused instead where it cannot be kept, see `isUnstorableText`.
 */
export const heardText = customType<{ data: string; driverData: string }>({
  dataType: () => 'text',
  toDriver: storableText,
})

/** As {@link heardText}, for JSON: results, failures, steps with lines of logs. */
export const heardJson = customType<{ data: unknown; driverData: unknown }>({
  dataType: () => 'jsonb',
  toDriver: (value) => storableJsonText(JSON.stringify(value)),
})
