/** The LIKE pattern of texts that contain these words as they are: `%`, `_` and `\\` in them match only themselves. */
export const containing = (words: string): string =>
  `%${words.replaceAll(/[%_\\]/g, (found) => `\\${found}`)}%`
