import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** The project's folder. */
const root = join(import.meta.dirname, '../..')

/** A source file: its path in the project, with `/`, and its text. */
export type SourceFile = { path: string; text: string }

/** One import: the imported file of the project or package, and whether only types are imported. */
export type Import = { from: string; typesOnly: boolean }

const passedOver = new Set(['node_modules', 'dist', '__pycache__', 'fixtures'])

/** The files below a folder whose names have one of these `endings`. */
export function filesBelow(folder: string, endings: readonly string[] = ['.ts', '.vue']): SourceFile[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return passedOver.has(entry.name) ? [] : filesBelow(path, endings)
    const isSource = endings.some((ending) => entry.name.endsWith(ending))
    return isSource ? [{ path, text: readFileSync(join(root, path), 'utf8') }] : []
  })
}

const statement = /^\s*(?:import|export)\s+(type\s)?[^'"()]*?from\s+['"]([^'"]+)['"]/gm
const bare = /^\s*import\s+()['"]([^'"]+)['"]/gm
const dynamic = /\bimport\(\s*()['"]([^'"]+)['"]/g

/** The imports of a file, including `import()` and re-exports. */
export function importsOf(file: SourceFile): Import[] {
  return [statement, bare, dynamic].flatMap((form) =>
    [...file.text.matchAll(form)].map(([, type, from = '']) => ({
      from: from.startsWith('.') ? relative(root, join(root, dirname(file.path), from)) : from,
      typesOnly: type !== undefined && type !== '',
    })),
  )
}

/** Whether a file is only for tests: a test, a suite, or code that tests share. */
export const isForTests = ({ path }: Pick<SourceFile, 'path'>) => /\.test(-[a-z]+)?\.ts$/.test(path)
