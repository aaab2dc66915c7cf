import { posix } from 'node:path'
import type { PackageReading } from '../package-reading.ts'

/** The most folders that are made ready. */
const foldersAtMost = 10
/** How many names of a file are remembered, and through how many of them a value is followed. Packages can be hostile. */
const [namesAtMost, stepsAtMost] = [500, 4]

const part = String.raw`["'](?:\.\/)?([\w.-]+(?:\/[\w.-]+)*)\/?["']`
const quoted = String.raw`["'][^"'\n]{1,200}["']`
/** A call that makes a folder: of a name, of a path that is put together, or of what is written there. */
const makes = new RegExp(
  String.raw`\bos\.(?:mkdir|makedirs)\(\s*(\w+|${quoted}|os\.path\.join\([^()\n]{1,200}\))\s*[,)]` +
    String.raw`|(\b\w+|\bPath\(\s*${quoted}\s*\)|\([^()\n]{1,200}\))(\.parent)?\.mkdir\(`,
  'g',
)
const assigned = /^[ \t]*(\w+)(?:[ \t]*:[ \t]*[\w.]{1,50})?[ \t]*=[ \t]*([^\n]{1,300})$/gm
const joined = new RegExp(String.raw`[/,]\s*${part}`, 'g')
const alone = new RegExp(String.raw`^(?:Path\(|pathlib\.Path\()?\s*${part}`)

type File = { path: string; names: ReadonlyMap<string, string>; folder: string }

/** How many folders above a file an expression with `__file__` means. */
function stepsUp(expression: string): number {
  const named = [...expression.matchAll(/\.parents\[(\d)\]/g)].map(([, count]) => Number(count) + 1)
  const single = expression.match(/\.parent\b|\bdirname\(/g)?.length ?? 0
  return named.reduce((sum, count) => sum + count, single)
}

/** The folder of the package that an expression means, and null for one that is not known or not in it. */
function folderOf(expression: string, file: File, left = stepsAtMost): string | null {
  const parts = [...expression.matchAll(joined)].map(([, name = '']) => name)
  const below = (folder: string | null) => (folder === null ? null : posix.join(folder, ...parts))
  if (expression.includes('__file__')) {
    const up = stepsUp(expression)
    return up === 0 ? null : below(posix.join(file.path, ...Array.from({ length: up }, () => '..')))
  }
  if (/^(?:Path\.cwd|os\.getcwd)\(/.test(expression)) return below(file.folder)
  const text = alone.exec(expression)?.[1]
  if (text !== undefined) return posix.join(file.folder, text, ...parts)
  const [, head] = /^\(?(?:os\.path\.join\(|str\(|Path\()?\s*(\w+)\b(?!\s*[.(])/.exec(expression) ?? []
  const meant = head === undefined ? undefined : file.names.get(head)
  return meant === undefined || left === 0 ? null : below(folderOf(meant, file, left - 1))
}

function foldersMade(source: string, path: string, folder: string): string[] {
  const names = new Map<string, string>()
  for (const [, name = '', expression = ''] of source.matchAll(assigned))
    if (names.size < namesAtMost && !names.has(name)) names.set(name, expression)
  return [...source.matchAll(makes)].flatMap(([, one, other, parent]) => {
    const made = folderOf(one ?? other ?? '', { path, names, folder })
    return made === null ? [] : [parent === undefined ? made : posix.dirname(made)]
  })
}

const isBelowTop = (path: string) => path !== '' && path !== '.' && !/^(?:\.\.(?:\/|$)|\/)/.test(path)

/**
 * The folders that the code makes in the package, where it runs or beside its files, and that the package does not have.
 * `folder` is where it runs.
 */
export async function madeFolders(reading: PackageReading, folder: string): Promise<string[]> {
  const made = new Set<string>()
  for (const { source, path } of await reading.modulesWith(/\bmkdir\(|\bmakedirs\(/))
    for (const one of foldersMade(source, path, folder)) if (isBelowTop(one)) made.add(one)
  const isThere = (path: string) => reading.files.some((file) => file.path.startsWith(`${path}/`))
  // A folder in another one of them comes with that one.
  const isOutermost = (path: string) => ![...made].some((other) => path.startsWith(`${other}/`))
  return [...made].filter((path) => isOutermost(path) && !isThere(path)).slice(0, foldersAtMost)
}
