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

/** Whether PostgreSQL can store a value as JSON. Pure. */
export function isStorable(value: unknown): boolean {
  const text = JSON.stringify(value) ?? ''
  return storableJsonText(text) === text
}
