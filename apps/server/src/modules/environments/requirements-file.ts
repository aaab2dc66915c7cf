import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { requirementsMissing } from './environments.errors.ts'

/** The lines of a requirements file without comments and blank lines. */
export const requirementLines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')

/** A package with more requirements files than this is cut off. It can be hostile. */
const filesAtMost = 50
const include = /^(?:-r(?:\s+|=)?|--requirement(?:\s+|=))(\S+)$/

/** The real path of a file of the package. Null if there is none, it is no file, or it is outside of the package. */
async function fileIn(root: string, path: string): Promise<string | null> {
  const real = await realpath(path).catch(() => null)
  return real?.startsWith(root + sep) && (await stat(real)).isFile() ? real : null
}

/**
 * The lines of a requirements file of a package and of those that it includes. None if there is no such file. Throws
 * `deploy.requirements_missing` if it includes what is no file of the package.
 */
export async function readRequirements(packageFolder: string, file: string): Promise<string[]> {
  const root = await realpath(packageFolder)
  const seen = new Set<string>()
  async function linesOf(real: string): Promise<string[]> {
    if (seen.has(real) || seen.size >= filesAtMost) return []
    seen.add(real)
    const lines: string[] = []
    for (const line of requirementLines(await readFile(real, 'utf8'))) {
      const other = include.exec(line)?.[1]
      if (other === undefined) lines.push(line)
      else {
        const found = await fileIn(root, join(dirname(real), other))
        if (found === null) throw requirementsMissing({ file: relative(root, real), line })
        lines.push(...(await linesOf(found)))
      }
    }
    return lines
  }
  const first = await fileIn(root, join(root, file))
  return first === null ? [] : linesOf(first)
}
