import { bracketEnd, withoutStrings } from '../python-code/python-source.ts'

/** A longer file is not read. In characters. */
const readAtMost = 200_000
const linesAtMost = 300
const literal = /(["'])([^"'\\\n]{1,300})\1/g

/** The texts in the first list that `setup.py` calls `install_requires`. The code is never run. */
function inCode(source: string): string[] {
  const code = withoutStrings(source)
  const start = /\binstall_requires\s*=\s*\[/.exec(code)
  if (!start) return []
  const open = start.index + start[0].length - 1
  const end = bracketEnd(code, open)
  const list = source.slice(open, end).replaceAll(/^[ \t]*#.*$/gm, '')
  return [...list.matchAll(literal)].map(([, , text = '']) => text.trim())
}

/** The lines of `install_requires` under `[options]` of `setup.cfg`. */
function inSettings(source: string): string[] {
  const lines = source.split('\n')
  const options = lines.findIndex((line) => line.trim() === '[options]')
  const table = options < 0 ? [] : lines.slice(options + 1)
  const next = table.findIndex((line) => line.startsWith('['))
  const own = next < 0 ? table : table.slice(0, next)
  const at = own.findIndex((line) => /^install_requires\s*=/.test(line))
  if (at < 0) return []
  const first = own[at]?.split('=').slice(1).join('=') ?? ''
  const rest = own.slice(at + 1)
  const after = rest.findIndex((line) => /^\S/.test(line))
  return [first, ...(after < 0 ? rest : rest.slice(0, after))].map((line) => line.trim())
}

/** What a project of setuptools requires, as `setup.cfg` or `setup.py` states it. `path` tells which of them `source` is. Pure. */
export function setupRequirements(path: string, source: string): string[] {
  const text = source.slice(0, readAtMost)
  const lines = path.endsWith('.py') ? inCode(text) : inSettings(text)
  return lines.filter((line) => /^[A-Za-z]/.test(line)).slice(0, linesAtMost)
}
