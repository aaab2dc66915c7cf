import { partsOf, shortest, type Part } from './expression-parts.ts'

/** A text that may be slow for an expression: a beginning, a piece that is repeated, and an end. */
export type SlowText = { before: string; piece: string; after: string }

/** An end of a line that most classes take, but `.` does not. With the flag m, `^` matches behind it. */
const lineEnd = '\u2028'
/** The last character is in hardly any class, so that `.*$`, `\s+$` and lists of words do not match before it. */
const usualEnds = ['', `x${lineEnd}\0`]
/** So many parts after each other are repeated together. */
const partsTogether = 4

/** The long form of a text. */
export const longText = ({ before, piece, after }: SlowText, length: number): string =>
  before + piece.repeat(Math.ceil(length / piece.length)) + after

/** Every list of parts in an expression, with the text that leads to it. */
function* listsIn(
  alternatives: readonly (readonly Part[])[],
  before = '',
): Generator<[string, readonly Part[]]> {
  for (const parts of alternatives) {
    yield [before, parts]
    for (const [at, part] of parts.entries())
      yield* listsIn(part.alternatives, before + shortest(parts.slice(0, at)))
  }
}

const firstOf = ({ samples }: Part): string => samples.find((one) => one !== '') ?? ''

/** What is repeated from a part on: it alone, in its forms, and with the parts that follow it. */
function piecesFrom(parts: readonly Part[], at: number): string[] {
  const samples = parts[at]?.samples ?? []
  const following = parts.slice(at + 1, at + partsTogether).map(firstOf)
  const together = samples.flatMap((one) =>
    following.map((_, count) => one + following.slice(0, count + 1).join('')),
  )
  return [...samples, samples.join(''), ...together, parts.slice(at).map(firstOf).join('')]
}

function* withDoubles(source: string, flags: string): Generator<SlowText> {
  const isChoice = source.includes('^') && source.includes('|')
  for (const [before, parts] of listsIn(partsOf(source, flags))) {
    const ends = [...usualEnds, ...new Set(parts.flatMap(({ refused }) => Array.from(refused)))]
    for (const at of parts.keys()) {
      const begun = before + shortest(parts.slice(0, at))
      for (const piece of piecesFrom(parts, at))
        for (const after of ends) {
          yield { before: begun, piece, after }
          yield { before: '', piece: begun + piece, after }
          // The other alternatives would take the whole text.
          if (isChoice) yield { before: 'x', piece: begun + piece, after }
          if (flags.includes('m')) yield { before: '', piece: begun + piece + lineEnd, after }
        }
    }
  }
}

/** Texts that would be slow for an expression if one is, each once. */
export function slowTexts(source: string, flags: string): SlowText[] {
  const texts = new Map<string, SlowText>()
  for (const text of withDoubles(source, flags)) if (text.piece !== '') texts.set(JSON.stringify(text), text)
  return [...texts.values()]
}
