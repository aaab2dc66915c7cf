/** One part of a regular expression, read just far enough to write texts for it. */
export type Part = {
  /** Texts that it matches, the shortest kind first. Empty for what matches no character, such as `^` and `\b`. */
  samples: readonly string[]
  /** Characters that end its match, for a class that names what it does not take. */
  refused: string
  /** The alternatives of a group, each a list of parts. Empty for one character. */
  alternatives: readonly (readonly Part[])[]
  /** How often it must be there at least. */
  least: number
  /** Whether it may be repeated without a bound. */
  isEndless: boolean
}

/** Characters among which those are searched that a class takes. */
const palette = Array.from('a0 .-_/:=,"(<@#xZ\n\t\r\\;>&[]{})+*~^$|%\'`!?é中')
/** Kinds of characters: expressions have places between them, such as `\b`. One of each kind stands for all of a class. */
const kinds = [/[\p{L}\p{N}]/u, /\s/, /[^\p{L}\p{N}\s]/u]
/** So many of the characters that a class does not take are tried as ends. */
const refusedAtMost = 3

const escapeForm =
  /\\(?:[pP]\{[^}]{1,50}\}|u\{[0-9a-f]{1,6}\}|u[0-9a-f]{4}|x[0-9a-f]{2}|k<\w{1,50}>|c[a-z]|[^])/iy
const quantifierForm = /(?:[*+?]|\{(\d{1,6})(,?)(\d{0,6})\})\??/y
const groupForm = /\((?:\?(?::|<?[=!]|<\w{1,50}>|[ims-]{1,6}:))?/y

/** Reads the parts of an expression from its beginning to its end. */
class PartReader {
  readonly #source: string
  readonly #flags: string
  #at = 0

  constructor(source: string, flags: string) {
    this.#source = source
    this.#flags = flags
  }

  /** The alternatives up to the end of the group, which is passed over. */
  alternatives(): Part[][] {
    const found: Part[][] = [[]]
    while (this.#at < this.#source.length && this.#source[this.#at] !== ')') {
      if (this.#source[this.#at] === '|') {
        this.#at += 1
        found.push([])
      } else found.at(-1)?.push(this.#quantified(this.#atom()))
    }
    this.#at += 1
    return found.map(withWords)
  }

  #take(form: RegExp): RegExpExecArray | null {
    form.lastIndex = this.#at
    const match = form.exec(this.#source)
    if (match) this.#at += match[0].length
    return match
  }

  #quantified(part: Part): Part {
    const match = this.#take(quantifierForm)
    if (!match) return part
    const [text, least, comma, most] = match
    if (least !== undefined) return { ...part, least: Number(least), isEndless: comma !== '' && most === '' }
    return { ...part, least: text.startsWith('+') ? 1 : 0, isEndless: !text.startsWith('?') }
  }

  #atom(): Part {
    const group = this.#take(groupForm)
    if (group) {
      const alternatives = this.alternatives()
      const samples = /[=!]$/.test(group[0]) ? [] : alternatives.map((parts) => shortest(parts))
      return { samples, refused: '', alternatives, least: 1, isEndless: false }
    }
    const from = this.#at
    if (this.#source[from] === '[') this.#passClass()
    else if (!this.#take(escapeForm)) this.#at += 1
    return this.#character(this.#source.slice(from, this.#at))
  }

  #passClass(): void {
    this.#at += 1
    while (this.#source[this.#at] !== ']') if (!this.#take(escapeForm)) this.#at += 1
    this.#at += 1
  }

  #character(text: string): Part {
    const isPlain = text.length === 1 && !'^$.'.includes(text)
    const takes = new RegExp(/^\\(?:[bBk]|[1-9])|^[\^$]$/.test(text) ? '(?!)' : `^${text}$`, this.#ownFlags())
    const samples = isPlain ? [text] : [...palette, ...exactly(text)].filter((one) => takes.test(one))
    const refused = text.startsWith('[^') ? palette.filter((one) => !takes.test(one)) : []
    return {
      samples: spread(samples),
      refused: refused.slice(0, refusedAtMost).join(''),
      alternatives: [],
      least: 1,
      isEndless: false,
    }
  }

  #ownFlags(): string {
    return this.#flags.replaceAll(/[gmy]/g, '')
  }
}

/** The characters that a class or an escape names itself. */
const exactly = (text: string): string[] =>
  text.startsWith('[') ? Array.from(text.slice(1, -1).replaceAll('\\', '')) : [text.slice(1)]

/** The first character of each kind. */
const spread = (samples: readonly string[]): string[] =>
  kinds.flatMap((kind) => samples.find((one) => kind.test(one)) ?? [])

const isLetter = ({ samples, refused, alternatives, least, isEndless }: Part): boolean =>
  samples.length === 1 && refused === '' && alternatives.length === 0 && least === 1 && !isEndless

/** Parts in which characters that follow each other are one word. */
function withWords(parts: readonly Part[]): Part[] {
  const found: Part[] = []
  for (const part of parts) {
    const last = found.at(-1)
    if (last && isLetter(last) && isLetter(part))
      found[found.length - 1] = { ...part, samples: [`${last.samples[0]}${part.samples[0]}`] }
    else found.push(part)
  }
  return found
}

/** The shortest text that parts match one after the other. */
export const shortest = (parts: readonly Part[]): string =>
  parts.map(({ samples, least }) => (samples[0] ?? '').repeat(Math.min(least, 100))).join('')

/** The parts of a regular expression: its alternatives, each a list. Throws for no expression. */
export const partsOf = (source: string, flags: string): Part[][] =>
  new PartReader(source, flags).alternatives()
