import { posix } from 'node:path'
import type { Manifest } from '@vitrine/contract'
import { pythonFilesOf } from '../recognition/launch/start-script.ts'
import type { PackageReading } from '../recognition/package-reading.ts'

/**
 * The Python files with which a package starts: that of its entry, and those that its start command names. They are
 * files of the package.
 */
export function pythonStartFiles({ has }: Pick<PackageReading, 'has'>, manifest: Manifest): string[] {
  const { entry, launch } = manifest
  const folders = [...new Set([launch?.folder ?? '', ...(launch?.paths ?? []), ''])]
  const [file = ''] = entry.split(':')
  const module = /^[\w.]+$/.test(file) ? file.replaceAll('.', '/') : null
  const names = [
    file,
    ...(module === null ? [] : [`${module}.py`, `${module}/__init__.py`]),
    ...pythonFilesOf(launch?.start ?? entry),
  ]
  const paths = folders.flatMap((folder) => names.map((name) => posix.join(folder, name)))
  return [...new Set(paths)].filter((path) => path.endsWith('.py') && has(path))
}

/**
 * The files that the command of a Node package names, or its entry if it has no command. A word of a command is the path of
 * a file as a whole: a file whose path is only a part of it is another one.
 */
export function nodeStartFiles({ has }: Pick<PackageReading, 'has'>, { entry, launch }: Manifest): string[] {
  const words = (launch?.start ?? entry).split(/[\s"'`;&|<>()=:]+/)
  const folder = launch?.folder ?? ''
  return [...new Set([entry, ...words].map((word) => posix.join(folder, word)))].filter((path) => has(path))
}

const compiled = /^(?:dist|build|lib|out|output|\.output)\//

/**
 * The TypeScript files with which a Node package starts: those that its command names, and the sources of those that its
 * build makes.
 */
export function typeScriptStartFiles(
  { has }: Pick<PackageReading, 'has'>,
  { entry, launch }: Manifest,
): string[] {
  const folder = launch?.folder ?? ''
  const words = [entry, ...(launch?.start ?? '').split(/[\s"'`;&|<>()=:]+/)].map((word) =>
    posix.normalize(word.startsWith(`${folder}/`) ? word.slice(folder.length + 1) : word),
  )
  const sources = words.flatMap((word) => {
    if (typeScript.test(word)) return [word]
    if ((launch?.build ?? []).length === 0 || !compiled.test(word)) return []
    const stem = word.replace(compiled, '').replace(/\.([cm]?)js$/, '')
    return ['src/', ''].flatMap((above) =>
      ['.ts', '.mts', '.cts', '/index.ts'].map((ending) => above + stem.replace(/^src\//, '') + ending),
    )
  })
  return [...new Set(sources.map((path) => posix.join(folder, path)))].filter((path) => has(path))
}

/** The names of TypeScript files. Declarations have no code, and what has elements of a page is not read. */
export const typeScript = /(?<!\.d)\.[cm]?ts$/
