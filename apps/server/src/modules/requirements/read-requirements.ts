import { posix } from 'node:path'
import { foldersOf } from '../../lib/folders-of.ts'
import type { PackageView } from '../sources/package-view.ts'
import {
  distributionName,
  hasLineBreak,
  logicalLines,
  parseRequirement,
  pathIn,
} from './requirement-lines.ts'

/** The place of a line. `line` counts from 1. */
export type Place = { path: string; line: number; text: string }

/** What is wrong with a line of a requirements file. */
export type BrokenLine = Place & {
  /** A file that the package does not have, a path of another machine, a file that includes itself again, or a line with a break. */
  what: 'missing' | 'foreign' | 'cycle' | 'line_break'
}

/** A distribution that is asked for. */
export type ListedPackage = Place & { name: string; isPinned: boolean }

/** A requirements file with all that it includes. */
export type RequirementsList = {
  /** What pip is given, in order. Paths are seen from the top of the package. */
  lines: string[]
  packages: ListedPackage[]
  /** Files that limit versions. pip looks for them beside the file that names them, so they are given to it alone. */
  limits: string[]
  /** Files and folders of the package that pip needs to see. "" is the whole package. */
  local: string[]
  broken: BrokenLine[]
}

/** The part of a package that reading needs. Longer files than it reads are no lists. */
export type Files = Pick<PackageView, 'files' | 'readText'>

/** A package with more requirements files than this is cut off. It can be hostile. */
const filesAtMost = 50
const linesAtMost = 20_000

class Reader {
  readonly list: RequirementsList = { lines: [], packages: [], limits: [], local: [], broken: [] }
  readonly #files: Files
  readonly #folder: string
  readonly #paths: ReadonlySet<string>
  readonly #folders: ReadonlySet<string>
  readonly #read = new Set<string>()

  /** `folder` is where pip runs: its paths begin there. */
  constructor(files: Files, folder: string) {
    this.#files = files
    this.#folder = folder
    this.#paths = new Set(files.files.map(({ path }) => path))
    this.#folders = new Set(files.files.flatMap(({ path }) => foldersOf(path)))
  }

  #has(path: string): boolean {
    return path === '' || this.#paths.has(path) || this.#folders.has(path)
  }

  /** pip's paths begin where it runs, but people also write them as seen from the file. */
  #find(place: Place, path: string): string | null {
    const folders = [this.#folder, posix.dirname(place.path).replace(/^\.$/, '')]
    for (const folder of folders) {
      const found = pathIn(folder, path)
      if (found !== null && this.#has(found)) return found
    }
    this.list.broken.push({ ...place, what: pathIn(this.#folder, path) === null ? 'foreign' : 'missing' })
    return null
  }

  async read(path: string, around: readonly string[] = []): Promise<void> {
    const source = this.#read.size < filesAtMost ? await this.#files.readText(path) : null
    if (source === null) return
    this.#read.add(path)
    for (const { text, line } of logicalLines(source.replace(/^\ufeff/, ''))) {
      await this.take({ path, line, text }, [...around, path])
    }
  }

  async #include(place: Place, path: string, around: readonly string[]): Promise<void> {
    const other = pathIn(posix.dirname(place.path).replace(/^\.$/, ''), path)
    if (other === null || !this.#paths.has(other)) {
      this.list.broken.push({ ...place, what: other === null ? 'foreign' : 'missing' })
      return
    }
    if (around.includes(other)) this.list.broken.push({ ...place, what: 'cycle' })
    else if (!this.#read.has(other)) await this.read(other, around)
  }

  /** Takes one line of these files. */
  async take(place: Place, around: readonly string[]): Promise<void> {
    if (this.list.lines.length >= linesAtMost) return
    if (hasLineBreak(place.text)) return void this.list.broken.push({ ...place, what: 'line_break' })
    const one = parseRequirement(place.text)
    if (one.kind === 'include') return this.#include(place, one.path, around)
    if (one.kind === 'option') return void this.list.lines.push(place.text)
    if (one.kind === 'package') {
      this.list.packages.push({ ...place, name: one.name, isPinned: one.isPinned })
      this.list.lines.push(place.text)
      return
    }
    const found = this.#find(place, one.path)
    if (found === null) return
    this.list.local.push(found)
    const wheel = /(?:^|\/)([\w.]+)-[^/]*\.whl$/.exec(found)?.[1]
    if (wheel !== undefined)
      this.list.packages.push({ ...place, name: distributionName(wheel), isPinned: true })
    if (one.kind === 'constraint') this.list.limits.push(found)
    else if (one.kind === 'find-links') this.list.lines.push(`--find-links ./${found}`)
    // Without "-e": an environment is used by several releases, and its folder must not change with one of them.
    else this.list.lines.push(`./${found}${one.suffix}`)
  }
}

/**
 * Reads a requirements file of a package as pip does in `folder`, with all that it includes. A file that includes itself
 * is read once.
 */
export async function readRequirementsFile(
  files: Files,
  file: string,
  folder: string,
): Promise<RequirementsList> {
  const reader = new Reader(files, folder)
  await reader.read(file)
  return reader.list
}

/** Reads lines of a requirements file that are stated elsewhere, with all that they include, as pip does in `folder`. */
export async function readRequirementLines(
  files: Files,
  lines: readonly Place[],
  folder: string,
): Promise<RequirementsList> {
  const reader = new Reader(files, folder)
  for (const line of lines) await reader.take(line, [])
  return reader.list
}
