const codeOf = (character: string) => character.charCodeAt(0)
/** What a character outside of texts makes in memory, in bytes: measured on V8 with the forms that take most of each. */
const structure = new Uint8Array(256)
structure[codeOf('{')] = 160
structure[codeOf('[')] = 64
structure[codeOf(':')] = 48
structure[codeOf(',')] = 24
const [quote, backslash, open, close, colon] = [
  codeOf('"'),
  codeOf('\\'),
  codeOf('{'),
  codeOf('}'),
  codeOf(':'),
]
/** One letter beyond Latin-1 makes a text take two bytes for each of its letters. */
const textFactor = 2
/** An object with more names is a dictionary for V8. */
const manyNames = 1_000
/**
 * What a further name of such an object weighs more, in bytes. It does not take them: it takes time, about 1 µs in each of the ten
 * or so passes over a value from the request to the answer, and nothing else is done meanwhile.
 */
const furtherName = 1_200

/**
 * The memory that the values of a JSON text take once it is parsed, in bytes. It is never less than they take, and up to
 * eight times as much; `[[],[],…]` takes thirty times the length of its text. An object with more than a thousand names weighs
 * more than that, for the time that it takes. Of what is no JSON, it is any number. Pure.
 *
 * @param text in UTF-8
 */
export function jsonWeight(text: Uint8Array): number {
  let bytes = 0
  /** How many names the objects around this place have so far. */
  const names: number[] = []
  for (let at = 0; at < text.length; at++) {
    const code = text[at] ?? 0
    if (code === quote) {
      const from = at
      for (at++; at < text.length && text[at] !== quote; at++) if (text[at] === backslash) at++
      bytes += textFactor * (at - from)
      continue
    }
    bytes += structure[code] ?? 0
    if (code === open) names.push(0)
    else if (code === close) names.pop()
    else if (code === colon) {
      const count = (names.pop() ?? 0) + 1
      names.push(count)
      if (count > manyNames) bytes += furtherName
    }
  }
  return bytes
}
