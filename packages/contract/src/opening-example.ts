/**
 * The place of the demo input with which a stage opens: the first in the reader's language or in none, such as a picture,
 * else the first of all. Pure.
 */
export const openingExample = (
  examples: readonly { language?: string | undefined }[],
  language: string,
): number =>
  Math.max(
    0,
    examples.findIndex((example) => (example.language ?? language) === language),
  )
