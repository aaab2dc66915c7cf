import { condaDependencies } from '../../../requirements/conda-file.ts'
import { isPythonRequirement } from '../../../requirements/python-version.ts'
import type { StatedPython } from '../plan.ts'
import { joinPath } from './find-module.ts'
import type { Files } from './requirements.ts'
import { tableOf } from './project-file.ts'

/** The longest file in which a stated version is looked for, in characters. */
const longest = 200_000

/** A version as a file states it. */
export const statesPython = (path: string, written: string, isBinding: boolean): StatedPython => ({
  path,
  written,
  requirement: isPythonRequirement(written) ? written : null,
  isBinding,
})

const valueIn = (table: string, key: string): string | null =>
  new RegExp(`^"?${key}"?\\s*=\\s*["']([^"'\\n]*)["']`, 'm').exec(table)?.[1] ?? null

const firstLine = (text: string): string | null =>
  text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '' && !line.startsWith('#')) ?? null

const inProject = (text: string): string | null =>
  valueIn(tableOf(text, 'project'), 'requires-python') ??
  valueIn(tableOf(text, 'tool.poetry.dependencies'), 'python')

const inPipfile = (text: string): string | null =>
  valueIn(tableOf(text, 'requires'), 'python_full_version') ??
  valueIn(tableOf(text, 'requires'), 'python_version')

const ofConda = (text: string): string | null => condaDependencies(text).python

/** Where people state it. */
const places: readonly { name: string; find: (text: string) => string | null; isBinding: boolean }[] = [
  { name: 'pyproject.toml', find: inProject, isBinding: true },
  { name: 'Pipfile', find: inPipfile, isBinding: true },
  { name: 'environment.yml', find: ofConda, isBinding: true },
  { name: 'environment.yaml', find: ofConda, isBinding: true },
  { name: 'conda.yaml', find: ofConda, isBinding: true },
  { name: '.python-version', find: firstLine, isBinding: false },
  { name: 'runtime.txt', find: firstLine, isBinding: false },
]

/**
 * The versions of Python that the files of a package ask for, in this folder of it or at its top. What one of them says is
 * binding; `.python-version` and `runtime.txt` say what its author or another platform uses.
 */
export async function statedPythons(files: Files, folder: string): Promise<StatedPython[]> {
  const found: StatedPython[] = []
  for (const { name, find, isBinding } of places) {
    const path = [joinPath(folder, name), name].find((one) => files.has(one))
    const text = path === undefined ? null : await files.readText(path)
    const written = find((text ?? '').slice(0, longest).replaceAll('\r\n', '\n'))
    if (path !== undefined && written !== null) found.push(statesPython(path, written, isBinding))
  }
  return found
}
