/** The number of words in a text. Works also for languages without spaces between words, such as Chinese. */
export const wordCount = (text: string): number =>
  [...new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text)].filter((word) => word.isWordLike)
    .length
