import type { Manifest } from '@vitrine/contract'
import type { Recogniser } from '../algorithms/recognition/recogniser.ts'
import { viewFolder } from '../sources/package-view.ts'
import { logicalLines } from '../requirements/requirement-lines.ts'
import { digestOf } from './package-digest.ts'
import { requirementsForeign, requirementsMissing } from './environments.errors.ts'

type Reading = Parameters<Recogniser['readRequirements']>
/** Reads what a package says that it needs installed. People write that, so it is read within limits of time and memory. */
export type ReadRequirements = (
  view: Reading[1],
  place: Reading[2],
) => ReturnType<Recogniser['readRequirements']>

/** What is installed for a Python package. */
export type PythonDependencies = {
  /** Lines for pip, with paths as seen from the top of the package. */
  lines: string[]
  /** Files of the package that limit versions. */
  limits: string[]
  /** Lines of a constraints file. */
  pins: string[]
  /** Files and folders of the package that pip reads. */
  local: string[]
  /** What these contain. Null if there are none. */
  digest: string | null
}

/**
 * Reads what a package needs installed, from the files of the package and from its plan. Throws
 * `deploy.requirements_missing` and `deploy.requirements_foreign` for lines that pip could not follow.
 */
export async function pythonDependencies(
  folder: string,
  { launch }: Manifest,
  readRequirements: ReadRequirements,
): Promise<PythonDependencies> {
  const view = await viewFolder(folder)
  // A plan that names its file has no other; without one it already has what the project's file states.
  const named = launch?.requirements ?? null
  const { folder: inFolder = '', install = [] } = launch ?? {}
  const stated = await readRequirements(view, { folder: inFolder, named, install })
  for (const { path: file, text: line, what } of stated.list?.broken ?? []) {
    if (what === 'missing') throw requirementsMissing({ file, line })
    if (what === 'foreign') throw requirementsForeign({ file, line })
  }
  const limits = stated.list?.limits ?? []
  const lines = stated.list?.lines ?? stated.lines
  const local = [...new Set(stated.list?.local)]
  return {
    lines: [...new Set(lines)],
    limits,
    pins: stated.pins,
    local,
    digest: await digestOf(folder, view, local),
  }
}

/** The lines of the platform's own requirements file. */
export const requirementLines = (text: string): string[] => logicalLines(text).map((line) => line.text)

/** The name of the file with {@link PythonDependencies.pins}. */
export const constraintsFile = 'constraints.txt'

const fileOf = (lines: readonly string[]) => `${lines.join('\n')}\n`

/**
 * The requirements files of an environment, in the order in which they are installed, and its constraints. pip wants a
 * hash for every line of a file if one has a hash, so lines without are installed after those. Pure.
 */
export function requirementFiles(
  { lines, pins }: Pick<PythonDependencies, 'lines' | 'pins'>,
  runtime: readonly string[],
): Record<string, string> {
  const isHashed = (line: string) => line.includes('--hash=')
  const hashed = lines.some(isHashed) ? lines.filter((line) => isHashed(line) || line.startsWith('-')) : []
  const before = new Set(hashed)
  const rest = [...runtime, ...lines.filter((line) => !before.has(line) || line.startsWith('-'))]
  return {
    ...(hashed.length > 0 && { 'hashed.txt': fileOf(hashed) }),
    'requirements.txt': fileOf(rest.filter((line) => hashed.length === 0 || line !== '--require-hashes')),
    ...(pins.length > 0 && { [constraintsFile]: fileOf(pins) }),
  }
}
