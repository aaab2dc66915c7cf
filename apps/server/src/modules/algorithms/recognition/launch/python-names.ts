import type { PackageView } from '../../../sources/package-view.ts'
import { bracketEnd, splitOutside, withoutStrings } from '../python/python-source.ts'

/** A Python file. `code` is its text with strings and comments replaced by spaces. */
export type Source = { path: string; source: string; code: string }

/** Part of a file's text; `end` is exclusive. */
export type Span = [start: number, end: number]

/** Opens a Python file of the package; null if there is none. */
export const openSource = async (view: PackageView, path: string): Promise<Source | null> => {
  const source = await view.readText(path)
  return source === null ? null : { path, source, code: withoutStrings(source) }
}

/** The span without the white space around it. */
export const trimmed = ({ source }: Source, [start, end]: Span): Span => {
  const text = source.slice(start, end)
  return [start + text.length - text.trimStart().length, end - (text.length - text.trimEnd().length)]
}

/** The file and the original name of an imported name. Null if the name is not imported. */
export function importOf(
  view: PackageView,
  file: Source,
  name: string,
): { path: string; name: string | null } | null {
  const known = (module: string) => {
    const path = `${module.replaceAll('.', '/')}.py`
    return view.files.some((one) => one.path === path) ? path : null
  }
  for (const match of file.code.matchAll(/^[ \t]*from[ \t]+\.?([\w.]+)[ \t]+import[ \t]+\(?([^\n)]+)/gm)) {
    for (const part of (match[2] ?? '').split(',')) {
      const [original = '', alias = original] = part.trim().split(/\s+as\s+/)
      if (alias !== name) continue
      const module = known(`${match[1]}.${original}`)
      if (module !== null) return { path: module, name: null }
      const holder = known(match[1] ?? '')
      return holder === null ? null : { path: holder, name: original }
    }
  }
  const plain = new RegExp(
    String.raw`^[ \t]*import[ \t]+(?:([\w.]+)[ \t]+as[ \t]+${name}|(${name}))[ \t]*(?:,|#|$)`,
    'm',
  )
  const module = plain.exec(file.code)
  const path = module ? known(module[1] ?? module[2] ?? '') : null
  return path === null ? null : { path, name: null }
}

const lineAtMost = 1000

/** The span of the value that a file assigns to a name, also as an attribute of a class. */
export function assignmentOf(file: Source, name: string): Span | null {
  const pattern = new RegExp(String.raw`^[ \t]*(?:self\.)?${name}[ \t]*(?::[^=\n]+)?=(?!=)([^\n]*)`, 'mu')
  const match = pattern.exec(file.code)
  if (!match) return null
  // Strings and comments are spaces in `code`, so the comment after the value is cut off in the source.
  const end = match.index + match[0].length
  const line = file.source.slice(end - (match[1] ?? '').length, end)
  // A longer line is not a setting, and it would make this expression slow.
  const comment = line.length <= lineAtMost ? /\s+#[^"']*$/.exec(line) : null
  return trimmed(file, [end - line.length, comment ? end - comment[0].length : end])
}

/** The span of the default of a command line's option: `add_argument("--port", default=8000)`. */
export function optionDefault(file: Source, name: string): Span | null {
  const option = new RegExp(String.raw`["']--${name.replaceAll('_', '[-_]')}["']`)
  for (const match of file.code.matchAll(/\b(?:add_argument|option)\s*\(/g)) {
    const open = match.index + match[0].length - 1
    const end = bracketEnd(file.code, open)
    if (!option.test(file.source.slice(open, Math.min(end, open + lineAtMost)))) continue
    const spans = splitOutside(file.code, open + 1, end, ',')
    const found = spans.find(([from, to]) => /^\s*default\s*=/.test(file.code.slice(from, to)))
    if (!found) return null
    return trimmed(file, [file.code.indexOf('=', found[0]) + 1, found[1]])
  }
  return null
}
