import { readFile, realpath } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'

/** The lines of a requirements file without comments and blank lines. */
export const requirementLines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')

/** A package with more requirements files than this is cut off. It can be hostile. */
const filesAtMost = 50
const include = /^(?:-r|--requirement)(?:\s+|=)(\S+)$/

/**
 * The lines of a requirements file of a package and of those that it includes. None if there is no such file. Files
 * outside of the package are left out.
 */
export async function readRequirements(packageFolder: string, file: string): Promise<string[]> {
  const root = await realpath(packageFolder)
  const seen = new Set<string>()
  async function linesOf(path: string): Promise<string[]> {
    const real = await realpath(path).catch(() => null)
    if (!real?.startsWith(root + sep) || seen.has(real) || seen.size >= filesAtMost) return []
    seen.add(real)
    const lines: string[] = []
    for (const line of requirementLines(await readFile(real, 'utf8'))) {
      const other = include.exec(line)?.[1]
      if (other === undefined) lines.push(line)
      else lines.push(...(await linesOf(join(dirname(real), other))))
    }
    return lines
  }
  return linesOf(join(root, file))
}
