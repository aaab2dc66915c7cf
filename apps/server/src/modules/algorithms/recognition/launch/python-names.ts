import type { PackageView } from '../../../sources/package-view.ts'
import { bracketEnd, identifier, splitOutside, withoutStrings } from '../python-code/python-source.ts'

/** A Python file. `code` is its text with strings and comments replaced by spaces. */
export type Source = { path: string; source: string; code: string }

/** Part of a file's text; `end` is exclusive. */
export type Span = [start: number, end: number]

/** Makes something of an object once. Code has many names, and a whole file is read for each kind of them. */
function once<Of extends object, Made>(make: (of: Of) => Made): (of: Of) => Made {
  const known = new WeakMap<Of, { made: Made }>()
  return (of) => {
    const entry = known.get(of) ?? { made: make(of) }
    known.set(of, entry)
    return entry.made
  }
}

const sources = once((_view: PackageView) => new Map<string, Promise<Source | null>>())

/** Opens a Python file of the package; null if there is none. */
export function openSource(view: PackageView, path: string): Promise<Source | null> {
  const known = sources(view)
  const opened =
    known.get(path) ??
    view
      .readText(path)
      .then((source) => (source === null ? null : { path, source, code: withoutStrings(source) }))
  known.set(path, opened)
  return opened
}

/** The span without the white space around it. */
export const trimmed = ({ source }: Source, [start, end]: Span): Span => {
  const text = source.slice(start, end)
  return [start + text.length - text.trimStart().length, end - (text.length - text.trimEnd().length)]
}

/** The paths of a package. */
export const pathsOf = once(
  (view: PackageView): ReadonlySet<string> => new Set(view.files.map(({ path }) => path)),
)

const importsFrom = once((file: Source) => {
  const found = new Map<string, { module: string; original: string }>()
  for (const match of file.code.matchAll(/^[ \t]*from[ \t]+\.?([\w.]+)[ \t]+import[ \t]+\(?([^\n)]+)/gm))
    for (const part of (match[2] ?? '').split(',')) {
      const [original = '', , alias = original] = part.trim().split(/\s+/)
      if (!found.has(alias)) found.set(alias, { module: match[1] ?? '', original })
    }
  return found
})

const plainImports = once((file: Source) => {
  const pattern =
    /^[ \t]*import[ \t]+([\p{ID_Continue}.]+)(?:[ \t]+as[ \t]+(\p{ID_Continue}+))?[ \t]*(?:,|#|$)/gmu
  const found = new Map<string, string>()
  for (const [, module = '', alias = module] of file.code.matchAll(pattern))
    if (!found.has(alias)) found.set(alias, module)
  return found
})

/** The file and the original name of an imported name. Null if the name is not imported. */
export function importOf(
  view: PackageView,
  file: Source,
  name: string,
): { path: string; name: string | null } | null {
  const known = (module: string) => {
    const path = `${module.replaceAll('.', '/')}.py`
    return pathsOf(view).has(path) ? path : null
  }
  const from = importsFrom(file).get(name)
  if (from) {
    const module = known(`${from.module}.${from.original}`)
    if (module !== null) return { path: module, name: null }
    const holder = known(from.module)
    return holder === null ? null : { path: holder, name: from.original }
  }
  const path = known(plainImports(file).get(name) ?? '')
  return path === null ? null : { path, name: null }
}

const lineAtMost = 1000

const assignments = once((file: Source) => {
  const pattern = new RegExp(
    String.raw`^[ \t]*(?:self\.)?(${identifier})[ \t]*(?::[^=\n\r\u2028\u2029]+)?=(?!=)([^\n]*)`,
    'gmu',
  )
  const found = new Map<string, Span>()
  for (const match of file.code.matchAll(pattern)) {
    const [all, name = '', value = ''] = match
    const end = match.index + all.length
    if (!found.has(name)) found.set(name, [end - value.length, end])
  }
  return found
})

/** The span of the value that a file assigns to a name, also as an attribute of a class. */
export function assignmentOf(file: Source, name: string): Span | null {
  const span = assignments(file).get(name)
  if (!span) return null
  // Strings and comments are spaces in `code`, so the comment after the value is cut off in the source.
  const line = file.source.slice(...span)
  const lastQuote = Math.max(line.lastIndexOf('"'), line.lastIndexOf("'"))
  const comment = line.slice(lastQuote + 1).search(/\s#/)
  // A longer line is not a setting.
  const isCut = comment >= 0 && line.length <= lineAtMost
  return trimmed(file, [span[0], isCut ? span[0] + lastQuote + 1 + comment : span[1]])
}

/** More options than any real program has, and longer ones, in characters. Packages can be hostile. */
const [optionsAtMost, optionAtMost] = [500, 5000]

const options = once((file: Source) => {
  const found = new Map<string, Span | null>()
  for (const match of [...file.code.matchAll(/\b(?:add_argument|option)\s*\(/g)].slice(0, optionsAtMost)) {
    const open = match.index + match[0].length - 1
    const end = open + bracketEnd(file.code.slice(open, open + optionAtMost), 0)
    const names = file.source.slice(open, Math.min(end, open + lineAtMost)).matchAll(/["']--([^\s"']+)["']/g)
    const spans = splitOutside(file.code.slice(0, end), open + 1, end, ',')
    const value = spans.find(([from, to]) => /^\s*default\s*=/.test(file.code.slice(from, to)))
    const span = value ? trimmed(file, [file.code.indexOf('=', value[0]) + 1, value[1]]) : null
    for (const [, name = ''] of names) {
      const variable = name.replaceAll('-', '_')
      if (!found.has(variable)) found.set(variable, span)
    }
  }
  return found
})

/** The span of the default of a command line's option: `add_argument("--port", default=8000)`. */
export const optionDefault = (file: Source, name: string): Span | null => options(file).get(name) ?? null
