/** A piece of text that both have, that the other one adds, or that only the base has. */
export type WordPart = { text: string; state: 'same' | 'added' | 'removed' }
/** Two texts compared word by word. `share` is the part of the words that both have, 0–1. */
export type WordDifference = { parts: WordPart[]; share: number }

// If the comparison takes longer than this, in milliseconds, both texts are shown whole, because it would
// block the page.
const longestMs = 1_500

/**
 * The words, spaces and punctuation of a text in order. Works also for languages without spaces between
 * words, such as Chinese.
 */
const segmentsOf = (text: string): string[] =>
  [...new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text)].map(({ segment }) => segment)
const isWord = (segment: string): boolean => /[\p{L}\p{N}]/u.test(segment)
const countWords = (segments: readonly string[]): number => segments.filter(isWord).length

/** Compares two texts by words, with Myers' algorithm from the `diff` package, which is loaded on demand. */
export const compareWords = async (base: string, other: string): Promise<WordDifference> => {
  const { diffArrays } = await import('diff')
  const [before, after] = [segmentsOf(base), segmentsOf(other)]
  const changes = diffArrays(before, after, { timeout: longestMs })
  const parts: WordPart[] =
    changes === undefined
      ? [
          { text: base, state: 'removed' },
          { text: other, state: 'added' },
        ]
      : changes.map(({ value, added, removed }) => ({
          text: value.join(''),
          state: added ? 'added' : removed ? 'removed' : 'same',
        }))
  const same = (changes ?? [])
    .filter(({ added, removed }) => !added && !removed)
    .reduce((sum, { value }) => sum + countWords(value), 0)
  const most = Math.max(countWords(before), countWords(after))
  const share = most === 0 ? (base === other ? 1 : 0) : same / most
  return { parts: parts.filter(({ text }) => text !== ''), share }
}
