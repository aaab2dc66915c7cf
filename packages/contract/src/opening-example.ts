/**
 * The index of the demo input with which a stage opens: the first one in the reader's language or without a language,
 * such as a picture, or else the first of all. Pure.
 */
export const openingExample = (
  examples: readonly { language?: string | undefined }[],
  language: string,
): number =>
  Math.max(
    0,
    examples.findIndex((example) => (example.language ?? language) === language),
  )
