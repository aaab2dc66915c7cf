/** How many words a text has, also in scripts that do not part them, as Chinese. */
export const wordCount = (text: string): number =>
  [...new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text)].filter((word) => word.isWordLike)
    .length
