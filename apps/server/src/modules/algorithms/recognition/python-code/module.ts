import {
  bracketEnd,
  identifier,
  logicalLines,
  matchAt,
  parseParameters,
  withoutStrings,
  type PythonParameter,
} from './python-source.ts'

/** `import module as as`, or `from module import name as as`. `level` counts the dots before the module. */
export type PythonImport = { module: string; name: string | null; as: string; level: number; line: number }

/** A name that is bound to the result of a call: `name = callee(…)`, or `with callee(…) as name`. */
export type PythonBinding = { name: string; callee: string; line: number }

/** A function at the top level of a file. */
export type PythonFunction = {
  name: string
  line: number
  parameters: PythonParameter[]
  /** What its body binds and returns: names, and what is called there. */
  bindings: PythonBinding[]
  returns: string[]
}

/** `@callee` above a class or function at the top level. */
export type PythonDecorated = { callee: string; name: string; kind: 'class' | 'function'; line: number }

/** A call anywhere in a file. `open` is the place of its bracket. */
export type PythonCall = { callee: string; open: number; line: number }

/** What one Python file has, as far as reading it shows. It is never run. */
export type PythonModule = {
  path: string
  source: string
  /** The source with strings and comments as spaces. */
  code: string
  imports: PythonImport[]
  /** At the top level, also below `if`, `try` and `with`. */
  bindings: PythonBinding[]
  functions: PythonFunction[]
  /** Classes at the top level, with their bases as written. */
  classes: { name: string; bases: string; line: number }[]
  decorated: PythonDecorated[]
  calls: PythonCall[]
}

// Its parts are few, because a match may begin at each of them.
const dotted = String.raw`${identifier}(?:\s*\.\s*${identifier}){0,20}`
// No two parts of it may match the same text: a line can be a megabyte of spaces.
const fromPattern = /\s*from\s+(?:(\.+)\s*)?(?:([\p{ID_Continue}][\p{ID_Continue}.]*)\s+)?import\b\s*\(?/uy
const importPattern = /\s*import\s+/y
const bindingPattern = new RegExp(
  String.raw`\s*(${identifier})\s*(?::[^=\n]+)?=\s*(?:await\s+)?(${dotted})\s*\(`,
  'uy',
)
const withPattern = new RegExp(String.raw`\s*(?:async\s+)?with\s+(${dotted})\s*\(`, 'uy')
const definition = new RegExp(
  String.raw`\s*(?:async\s+)?(def|class)\s+(${identifier})\s*(?:\[[^\]]{0,500}\]\s*)?(\(?)`,
  'uy',
)
const returnPattern = new RegExp(String.raw`\s*return\s+(${dotted})`, 'uy')
const decoratorPattern = new RegExp(String.raw`\s*@\s*(${dotted})`, 'uy')
const callPattern = new RegExp(String.raw`(?<![\p{ID_Continue}.])(${dotted})\s*\(`, 'gu')

/** More than any real file has. Packages can be hostile. */
const [callsAtMost, importsAtMost, bindingsAtMost, definitionsAtMost] = [20_000, 1_000, 5_000, 5_000]

/** How many more calls, names and definitions are remembered of a package. */
export type Budget = { left: number }

const compact = (name: string) => name.replaceAll(/\s/g, '')

type Text = { code: string; source: string; lineOf: (at: number) => number }

function importsAt({ code, lineOf }: Text, start: number, end: number): PythonImport[] {
  const line = lineOf(start)
  const from = matchAt(fromPattern, code, start)
  const plain = from ? null : matchAt(importPattern, code, start)
  const opening = from ?? plain
  if (!opening) return []
  const names = code.slice(opening.index + opening[0].length, end).replaceAll(/[()\\]/g, ' ')
  return names.split(/[,;]/).flatMap((part): PythonImport[] => {
    const [name = '', , alias] = part.trim().split(/\s+/)
    if (name === '') return []
    if (from) {
      const level = (from[1] ?? '').length
      return [{ module: from[2] ?? '', name, as: alias ?? name, level, line }]
    }
    return [{ module: name, name: null, as: alias ?? name.split('.')[0] ?? name, level: 0, line }]
  })
}

function bindingAt({ code, lineOf }: Text, start: number, end: number): PythonBinding | null {
  const plain = matchAt(bindingPattern, code, start)
  const line = lineOf(start)
  if (plain?.[1] && plain[2]) return { name: plain[1], callee: compact(plain[2]), line }
  const block = matchAt(withPattern, code, start)
  if (!block?.[1]) return null
  const close = bracketEnd(code, block.index + block[0].length - 1)
  const name = new RegExp(String.raw`^\)\s*as\s+(${identifier})`, 'u').exec(code.slice(close, end))?.[1]
  return name === undefined ? null : { name, callee: compact(block[1]), line }
}

/** Follows the logical lines of a file, and remembers in which definition of the top level each of them is. */
class Collector {
  readonly imports: PythonImport[] = []
  readonly bindings: PythonBinding[] = []
  readonly functions: PythonFunction[] = []
  readonly classes: PythonModule['classes'] = []
  readonly decorated: PythonDecorated[] = []
  #inside: PythonFunction | 'class' | null = null
  #decorators: string[] = []
  #inFunctions = 0
  readonly #text: Text
  readonly #budget: Budget

  constructor(text: Text, budget: Budget) {
    this.#text = text
    this.#budget = budget
  }

  /** Whether one more may be remembered where there are `count` already. */
  #hasRoom(count: number, atMost: number): boolean {
    if (count >= atMost || this.#budget.left <= 0) return false
    this.#budget.left -= 1
    return true
  }

  take(start: number, end: number, indent: number): void {
    const { code } = this.#text
    if (this.imports.length < importsAtMost)
      for (const one of importsAt(this.#text, start, end)) {
        if (!this.#hasRoom(this.imports.length, importsAtMost)) break
        this.imports.push(one)
      }
    const decorator = indent === 0 ? matchAt(decoratorPattern, code, start)?.[1] : undefined
    if (decorator !== undefined) {
      if (this.#hasRoom(this.#decorators.length, bindingsAtMost)) this.#decorators.push(compact(decorator))
      return
    }
    if (indent === 0) this.#begin(start)
    const binding = bindingAt(this.#text, start, end)
    if (this.#inside === null) {
      if (binding && this.#hasRoom(this.bindings.length, bindingsAtMost)) this.bindings.push(binding)
    } else if (this.#inside !== 'class') {
      const returned = matchAt(returnPattern, code, start)?.[1]
      if (!binding && returned === undefined) return
      if (!this.#hasRoom(this.#inFunctions, bindingsAtMost)) return
      this.#inFunctions += 1
      if (binding) this.#inside.bindings.push(binding)
      if (returned !== undefined) this.#inside.returns.push(compact(returned))
    }
  }

  /** A line of the top level: a definition begins, or the one before has ended. */
  #begin(start: number): void {
    const { code, source, lineOf } = this.#text
    const match = matchAt(definition, code, start)
    this.#inside = null
    const [, kind, name, bracket] = match ?? []
    const known = this.classes.length + this.functions.length
    if (match && kind !== undefined && name !== undefined && this.#hasRoom(known, definitionsAtMost)) {
      const line = lineOf(start)
      const open = match.index + match[0].length - 1
      for (const callee of this.#decorators)
        this.decorated.push({ callee, name, line, kind: kind === 'class' ? 'class' : 'function' })
      if (kind === 'class') {
        const bases = bracket ? source.slice(open + 1, bracketEnd(code, open)).trim() : ''
        this.classes.push({ name, bases, line })
        this.#inside = 'class'
      } else if (bracket) {
        const parameters = parseParameters(code, source, open)
        const made = { name, line, parameters, bindings: [], returns: [] }
        this.functions.push(made)
        this.#inside = made
      }
    }
    this.#decorators = []
  }
}

/** Finds the number of the line, from 1, with an offset of a text. */
function lineFinder(source: string): (at: number) => number {
  const starts = [0]
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    let [low, high] = [0, starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return high
  }
}

/** Calls that a pattern finds, as many as the budget allows. */
function callsIn({ code, lineOf }: Text, budget: Budget): PythonCall[] {
  const calls: PythonCall[] = []
  for (const match of code.matchAll(callPattern)) {
    if (calls.length >= callsAtMost || budget.left <= 0) break
    budget.left -= 1
    const open = match.index + match[0].length - 1
    calls.push({ callee: compact(match[1] ?? ''), open, line: lineOf(match.index) })
  }
  return calls
}

/** Reads one Python file by its tokens. What it remembers is taken from the budget. */
export function readModule(path: string, text: string, budget: Budget): PythonModule {
  const source = text.replace(/^\ufeff/, '').replaceAll(/\r\n?/g, '\n')
  const code = withoutStrings(source)
  const lineOf = lineFinder(source)
  const collected = new Collector({ code, source, lineOf }, budget)
  const lines = logicalLines(code)
  for (const [index, { start, indent }] of lines.entries())
    collected.take(start, lines[index + 1]?.start ?? code.length, indent)
  const calls = callsIn({ code, source, lineOf }, budget)
  const { imports, bindings, functions, classes, decorated } = collected
  return {
    path,
    source,
    code,
    imports,
    bindings,
    functions,
    classes,
    decorated,
    calls,
  }
}

const importsByName = new WeakMap<readonly PythonImport[], ReadonlyMap<string, PythonImport>>()

/** The import that a file knows by a name. */
export function importedAs(
  { imports }: Pick<PythonModule, 'imports'>,
  name: string,
): PythonImport | undefined {
  // The first of a name counts.
  const known = importsByName.get(imports) ?? new Map(imports.toReversed().map((one) => [one.as, one]))
  importsByName.set(imports, known)
  return known.get(name)
}

/**
 * The full name of what is called, by the imports of its file: `gr.Blocks` is `gradio.Blocks`. Names that are not
 * imported stay as they are.
 */
export function fullName(module: Pick<PythonModule, 'imports'>, callee: string): string {
  const [head = '', ...rest] = callee.split('.')
  const found = importedAs(module, head)
  if (!found) return callee
  const { module: from, name, level } = found
  const base = name === null ? (from.startsWith(`${head}.`) ? head : from) : `${from}.${name}`
  return ['.'.repeat(level) + base, ...rest].join('.')
}
