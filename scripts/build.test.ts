import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { expect, test } from 'vitest'
import { parts } from './build.mjs'

const root = join(import.meta.dirname, '..')
const skipped = new Set(['node_modules', 'tests', 'fixtures'])
const isSource = (name: string) => /\.(ts|mjs|vue|css)$/.test(name) && !/\.test(-[a-z]+)?\.ts$/.test(name)
const files = (path: string): string[] => {
  if (statSync(path).isFile()) return isSource(path) ? [path] : []
  const names = readdirSync(path).filter((name) => !skipped.has(name))
  return names.flatMap((name) => files(join(path, name)))
}
/** The files that a file takes in by a path that begins with a dot: imports, and what `import.meta.glob` matches. */
const taken = (file: string): string[] =>
  [
    ...readFileSync(file, 'utf8').matchAll(
      /(?:\bfrom|\bimport|\bglob(?:<[^>]+>)?)\s*\(?\s*['"](\.[^'"]+)['"]/g,
    ),
  ].map(([, path = '']) => resolve(dirname(file), path))

test.each(parts)('a change of any file that $name is built of builds it again', ({ sources }) => {
  const isWatched = (path: string) =>
    sources.some((source) => path === source || path.startsWith(source + sep))
  const seen = sources.flatMap(files)
  const missed = seen.flatMap((file) =>
    taken(file)
      .filter((path) => !isWatched(path))
      .map((path) => `${relative(root, file)} takes in ${relative(root, path)}`),
  )
  expect(missed).toEqual([])
  expect(seen.flatMap(taken).length).toBeGreaterThan(20)
})
