import type { PythonImport } from './module.ts'

const importLine =
  /^[ \t]*(?:from[ \t]+(\.*)[ \t]*([\p{ID_Continue}.]*)[ \t]+import[ \t]+\(?([^#\n]*)|import[ \t]+([^#\n]+))/gmu

/**
 * The lines of a source that look like imports, also inside strings. Faster than reading its tokens, and enough to see
 * which files belong together.
 */
export const quickImports = (source: string): Pick<PythonImport, 'module' | 'name' | 'level'>[] =>
  [...source.matchAll(importLine)].flatMap(([, dots = '', module, names = '', plain = '']) => {
    const all = (module === undefined ? plain : names).split(',')
    const words = all
      .map((part) => part.trim().split(/\s+/)[0] ?? '')
      .filter((word) => /^[\w.]+$/u.test(word))
    return words.map((word) =>
      module === undefined
        ? { module: word, name: null, level: 0 }
        : { module, name: word, level: dots.length },
    )
  })
