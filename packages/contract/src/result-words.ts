/** Translates a text of a result into the reader's language. */
export type Say = (text: string) => string

/** A text with gaps: the literal texts between the gaps, and the names of the gaps. */
type Pattern = { literals: string[]; gaps: string[]; translation: string; size: number }

const gapForm = /\{(#?\w+)\}/
const numberForm = /^[+-]?\d[\d.,]*$/

/** The longest line that is compared with patterns, in characters. Longer lines are only looked up as a whole. */
const longestLine = 2000
/** How deeply parts of a text are divided again. This is enough for a list of this many items. */
const deepest = 40
/** How many parts of one text are looked up. Patterns may refer to each other without end. */
const mostParts = 2_000
const longestSaid = 10_000
/** How many translated texts are cached. A result repeats its labels, so few are needed. */
const mostRemembered = 5000

function patternOf([written, translation]: [string, string]): Pattern[] {
  const parts = written.split(gapForm)
  const literals = parts.filter((_, at) => at % 2 === 0)
  const gaps = parts.filter((_, at) => at % 2 === 1)
  const size = literals.join('').length
  // Two adjacent gaps could be divided at any place.
  const isClear = literals.slice(1, -1).every((between) => between !== '')
  return gaps.length > 0 && size > 0 && isClear ? [{ literals, gaps, translation, size }] : []
}

/**
 * The texts in the gaps, each as short as possible and not empty. Null if the text does not match. A gap with # must be
 * a number.
 */
function gapsIn(text: string, { literals, gaps }: Pattern): Map<string, string> | null {
  const [first = '', ...others] = literals
  if (!text.startsWith(first)) return null
  const found = new Map<string, string>()
  let from = first.length
  for (const [at, gap] of gaps.entries()) {
    const literal = others[at] ?? ''
    const isLast = at === gaps.length - 1
    const end = isLast ? text.length - literal.length : text.indexOf(literal, from + 1)
    if (end <= from || (isLast && !text.endsWith(literal))) return null
    const part = text.slice(from, end)
    if (gap.startsWith('#') && !numberForm.test(part)) return null
    found.set(gap, part)
    from = end + literal.length
  }
  return found
}

/** A translation with its gaps filled. Null if that is too long, or if a part cannot be translated. */
function fill(
  translation: string,
  found: ReadonlyMap<string, string>,
  sayPart: (part: string) => string | null,
): string | null {
  const said = new Map<string, string>()
  for (const [name, part] of found) {
    const one = sayPart(part)
    if (one === null) return null
    said.set(name, one)
  }
  let text = ''
  for (const [at, piece] of translation.split(gapForm).entries()) {
    text += at % 2 === 0 ? piece : (said.get(piece) ?? `{${piece}}`)
    if (text.length > longestSaid) return null
  }
  return text
}

/**
 * Makes the function that translates texts of a result with the translations of its package. A translation is for a
 * whole text, a whole line, or a pattern with gaps such as `{#n} people`, where # allows only a number. The text in a
 * gap is translated in the same way, so `{a}, {b}` matches a list of any length. An exact text takes precedence over
 * patterns, and a pattern with more literal text over one with less. A text without a translation stays unchanged, and
 * so does a line whose translation would take too long or become too long. Pure.
 */
export function sayWith(words: Readonly<Record<string, string>>): Say {
  const patterns = Object.entries(words)
    .flatMap(patternOf)
    .toSorted((one, other) => other.size - one.size || (one.literals.join() < other.literals.join() ? -1 : 1))
  const known = new Map(Object.entries(words))
  const remembered = new Map<string, string>()

  const sayLine = (line: string, room: { parts: number }, depth: number): string | null => {
    const whole = known.get(line)
    if (whole !== undefined) return whole
    if (depth === 0 || line.length > longestLine) return line
    room.parts -= 1
    if (room.parts < 0) return null
    for (const pattern of patterns) {
      const found = gapsIn(line, pattern)
      if (found) return fill(pattern.translation, found, (part) => sayLine(part, room, depth - 1))
    }
    return line
  }
  return (text) => {
    const before = remembered.get(text)
    if (before !== undefined) return before
    const room = { parts: mostParts }
    const said =
      known.get(text) ??
      text
        .split('\n')
        .map((line) => sayLine(line, room, deepest) ?? line)
        .join('\n')
    if (remembered.size >= mostRemembered) remembered.clear()
    remembered.set(text, said)
    return said
  }
}
