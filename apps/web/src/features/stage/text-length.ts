import type { Json } from '@vitrine/contract'

/** The share of the limit from which a text's length is shown. */
const nearLimit = 0.8
/** The length from which it is shown if there is no limit. */
const long = 10_000

/** The number of characters of a text, as JSON Schema counts them: a character outside the basic plane is one. */
export const lengthOf = (text: string): number => {
  let pairs = 0
  for (let at = 0; at < text.length - 1; at++) if ((text.codePointAt(at) ?? 0) > 0xff_ff) pairs++
  return text.length - pairs
}

/** Whether the length of a text is worth showing: near its limit or above it, or long where there is none. */
export const showsCount = (count: number, most: number | null): boolean =>
  most === null ? count >= long : count > most * nearLimit

/** Whether one of the elements is a text above the limit. */
export const isTooLong = (elements: readonly Json[], most: number | null): boolean =>
  most !== null && elements.some((element) => typeof element === 'string' && lengthOf(element) > most)
