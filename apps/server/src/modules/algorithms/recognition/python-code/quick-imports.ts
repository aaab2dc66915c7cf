import type { PythonImport } from './module.ts'

/** One name that a line imports. `at` is where that line begins in the source. */
export type QuickImport = Pick<PythonImport, 'module' | 'name' | 'level'> & { at: number }

const importLine =
  /^[ \t]*(?:from[ \t]+(?:(\.+)[ \t]*)?(?:([\p{ID_Continue}][\p{ID_Continue}.]*)[ \t]+)?import\b[ \t]*\(?([^#\n]*)|import[ \t]+([^#\n]+))/gmu

/** More than any real file has. Packages can be hostile. */
const linesAtMost = 300
const namesAtMost = 50
const importsAtMost = 500

function firstMatches(source: string): RegExpExecArray[] {
  const found: RegExpExecArray[] = []
  for (const match of source.matchAll(importLine)) if (found.push(match) >= linesAtMost) break
  return found
}

/**
 * The lines of a source that look like imports, also inside strings. Faster than reading its tokens, and enough to see
 * which files belong together.
 */
export const quickImports = (source: string): QuickImport[] =>
  firstMatches(source)
    .flatMap(({ index: at, 1: dots = '', 2: module = '', 3: names, 4: plain = '' }) => {
      const words = (names ?? plain).split(',', namesAtMost).map((part) => part.trim().split(/\s+/)[0] ?? '')
      const level = dots.length
      return words
        .filter((word) => /^[\w.]+$/.test(word))
        .map((word) =>
          names === undefined ? { module: word, name: null, level, at } : { module, name: word, level, at },
        )
    })
    .slice(0, importsAtMost)
