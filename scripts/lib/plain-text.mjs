/** Control characters, and the marks that change the direction of a text. A terminal acts on the former. */
const unprintable = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]+/gu

/**
 * A text of somebody else as one line that is safe to show in a terminal: without control characters, and cut after
 * `most` characters. Pure.
 * @param {string} text
 */
export function plainText(text, most = 2_000) {
  const line = text.slice(0, most + 1).replace(unprintable, ' ')
  return text.length > most ? `${line.slice(0, most)} …` : line
}
