/** A parameter of a function as it is written; `default` is the source of its default value. */
export type PythonParameter = { name: string; annotation: string | null; default: string | null }
/** A class at the top level of a file. */
export type PythonClass = {
  name: string
  bases: string
  docstring: string | null
  methods: { name: string; parameters: PythonParameter[] }[]
}
/** What reading the classes and functions of Python source shows. The code is never run. */
export type PythonSource = {
  docstring: string | null
  classes: PythonClass[]
  /** Functions at the top level of the file. */
  functions: { name: string; docstring: string | null }[]
}

/** A regular expression for a Python name, for use with the flag `u`. */
export const identifier = String.raw`[\p{ID_Start}_]\p{ID_Continue}*`
const stringStart = /(?:[rRbBuUfFtT]{0,2})("""|'''|"|')/y

/** The end of a string literal. `from` is where its opening quotes end. */
function stringEnd(source: string, from: number, quote: string): number {
  for (let at = from; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1
    else if (source.startsWith(quote, at)) return at + quote.length
    else if (quote.length === 1 && source[at] === '\n') return at
  }
  return source.length
}

const blank = (text: string) => text.replaceAll(/[^\n]/g, ' ')

const letter = /[\p{ID_Continue}]/u
const stringPrefix = /[rRbBuUfFtT]{1,2}$/

/** Where a string begins whose quotes are at `at`: before its prefix, if it has one. */
function stringBegin(source: string, at: number): number {
  const prefix = stringPrefix.exec(source.slice(Math.max(0, at - 2), at))?.[0] ?? ''
  const longest = letter.test(source[at - prefix.length - 1] ?? '') ? '' : prefix
  return at - longest.length
}

/** The source with comments and the text of strings replaced by spaces; every other character stays where it is. */
export function withoutStrings(source: string): string {
  const parts: string[] = []
  const marks = /["'#]/g
  let done = 0
  for (let mark = marks.exec(source); mark; mark = marks.exec(source)) {
    const at = mark.index
    const quote = source[at] ?? ''
    const isTriple = source.startsWith(quote.repeat(3), at)
    const newline = source.indexOf('\n', at)
    const begin = quote === '#' ? at : stringBegin(source, at)
    const opening = isTriple ? quote.repeat(3) : quote
    const end =
      quote !== '#' ? stringEnd(source, at + opening.length, opening) : newline < 0 ? source.length : newline
    parts.push(source.slice(done, begin), blank(source.slice(begin, end)))
    done = end
    marks.lastIndex = end
  }
  return parts.join('') + source.slice(done)
}

const closing: Record<string, string> = { '(': ')', '[': ']', '{': '}' }

/** The position where the bracket that opens at `from` closes, or the end of the text. */
export function bracketEnd(code: string, from: number): number {
  let depth = 0
  for (let at = from; at < code.length; at += 1) {
    const char = code[at] ?? ''
    if (char in closing) depth += 1
    else if (')]}'.includes(char) && (depth -= 1) === 0) return at
  }
  return code.length
}

/** Splits at a character that is outside of all brackets. Gives positions. */
export function splitOutside(code: string, from: number, to: number, sign: string): [number, number][] {
  const spans: [number, number][] = []
  let start = from
  for (let at = from; at < to; at += 1) {
    if ((code[at] ?? '') in closing) at = bracketEnd(code, at)
    else if (code[at] === sign) {
      spans.push([start, at])
      start = at + 1
    }
  }
  return [...spans, [start, to]]
}

function parseParameter(code: string, source: string, [from, to]: [number, number]): PythonParameter {
  const [left = [from, to], right] = splitOutside(code, from, to, '=')
  const [name = left, annotation] = splitOutside(code, left[0], left[1], ':')
  const textOf = (span: [number, number] | undefined) => (span ? source.slice(...span).trim() : null)
  return {
    name: source.slice(...name).trim(),
    annotation: textOf(annotation),
    default: right ? source.slice(right[0], to).trim() : null,
  }
}

/** The parameters of a function whose bracket opens at `open`. */
export function parseParameters(code: string, source: string, open: number): PythonParameter[] {
  return splitOutside(code, open + 1, bracketEnd(code, open), ',')
    .map((span) => parseParameter(code, source, span))
    .filter((parameter) => parameter.name !== '')
}

/** Where a logical line starts, and how far it is indented. */
export type Line = { start: number; indent: number }

/** The starts of logical lines that are not empty. A line inside brackets belongs to the line before. */
export function logicalLines(code: string): Line[] {
  const lines: Line[] = []
  for (let start = 0; start < code.length;) {
    const newline = code.indexOf('\n', start)
    let end = newline < 0 ? code.length : newline
    const text = code.slice(start, end)
    if (text.trim() !== '') {
      const spaces = /^\s*/.exec(text)?.[0] ?? ''
      lines.push({ start, indent: spaces.replaceAll('\t', '        ').length })
      for (let at = start; at < end; at += 1) {
        if (!((code[at] ?? '') in closing)) continue
        at = bracketEnd(code, at)
        if (at < end) continue
        const next = code.indexOf('\n', at)
        end = next < 0 ? code.length : next
      }
    }
    start = end + 1
  }
  return lines
}

/** The string literal that opens a body, if the first thing after `from` is one. */
function docstringAt(source: string, from: number): string | null {
  const before = /(?:\s+|#[^\n]*\n|\\\n)*/y
  before.lastIndex = from
  const start = from + (before.exec(source)?.[0].length ?? 0)
  const opening = matchAt(stringStart, source, start)
  if (!opening?.[1] || /[bBfFtT]/.test(opening[0])) return null
  const end = stringEnd(source, start + opening[0].length, opening[1])
  return source.slice(start + opening[0].length, end - opening[1].length)
}

/** The docstring of a class or function: it opens the body, after the colon that ends the header. Null if there is none before `end`. */
function docstringOf(code: string, source: string, header: number, end: number): string | null {
  for (let at = header; at < end; at += 1) {
    if ((code[at] ?? '') in closing) at = bracketEnd(code, at)
    else if (code[at] === ':') return docstringAt(source, at + 1)
  }
  return null
}

const classPattern = new RegExp(String.raw`\s*class\s+(${identifier})\s*(\(?)`, 'uy')
const functionPattern = new RegExp(
  String.raw`\s*(?:async\s+)?def\s+(${identifier})\s*(?:\[[^\]]{0,500}\]\s*)?\(`,
  'uy',
)
/** Matches a sticky pattern at a place of a text. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

function methodsOf(code: string, source: string, body: readonly Line[]): PythonClass['methods'] {
  const memberIndent = body[0]?.indent
  return body.flatMap((line) => {
    const match = line.indent === memberIndent ? matchAt(functionPattern, code, line.start) : null
    const open = match ? match.index + match[0].length - 1 : 0
    return match?.[1] ? [{ name: match[1], parameters: parseParameters(code, source, open) }] : []
  })
}

function classesOf(code: string, source: string, lines: readonly Line[]): PythonClass[] {
  return lines.flatMap((line, index) => {
    const match = line.indent === 0 ? matchAt(classPattern, code, line.start) : null
    if (!match?.[1]) return []
    let end = index + 1
    while (end < lines.length && lines[end]?.indent !== 0) end += 1
    const open = match.index + match[0].length - 1
    const bases = match[2] ? source.slice(open + 1, bracketEnd(code, open)).trim() : ''
    const header = match.index + match[0].length - (match[2] ? 1 : 0)
    return [
      {
        name: match[1],
        bases,
        docstring: docstringOf(code, source, header, lines[index + 1]?.start ?? code.length),
        methods: methodsOf(code, source, lines.slice(index + 1, end)),
      },
    ]
  })
}

function functionsOf(code: string, source: string, lines: readonly Line[]): PythonSource['functions'] {
  return lines.flatMap((line, index) => {
    const match = line.indent === 0 ? matchAt(functionPattern, code, line.start) : null
    if (!match?.[1]) return []
    const header = match.index + match[0].length - 1
    const end = lines[index + 1]?.start ?? code.length
    return [{ name: match[1], docstring: docstringOf(code, source, header, end) }]
  })
}

/** Reads Python source by its tokens: its docstring, its classes with their methods, and its functions. */
export function readPython(text: string): PythonSource {
  const source = text.replace(/^\ufeff/, '').replaceAll(/\r\n?/g, '\n')
  const code = withoutStrings(source)
  const lines = logicalLines(code)
  return {
    docstring: docstringAt(source, 0),
    classes: classesOf(code, source, lines),
    functions: functionsOf(code, source, lines),
  }
}
