import { condaDependencies } from '../../../requirements/conda-file.ts'
import { lockFiles, pinsOf } from '../../../requirements/lock-file.ts'
import { readRequirementsFile, type RequirementsList } from '../../../requirements/read-requirements.ts'
import { distributionName } from '../../../requirements/requirement-lines.ts'
import type { PackageReading } from '../package-reading.ts'
import { joinPath } from './find-module.ts'
import { projectDependencies } from './project-file.ts'

/** The part of a package that reading its requirements needs. */
export type Files = Pick<PackageReading, 'files' | 'has' | 'readText'>

/** What a package says that it needs installed. */
export type Requirements = {
  /** Its requirements file. */
  file: string | null
  /** That file with all that it includes. */
  list: RequirementsList | null
  /** Lines of a requirements file for what it states elsewhere. */
  lines: string[]
  /** Where those stand. */
  from: string | null
  /** The names of the distributions, as package indexes compare them. */
  names: ReadonlySet<string>
  /** Exact versions that a lock file beside it has, as lines of a constraints file. */
  pins: string[]
  /** That lock file. */
  lock: string | null
  /** What it names that pip cannot install, as conda writes it. */
  left: string[]
}

const fileNames = [
  'requirements.txt',
  'requirements/production.txt',
  'requirements/prod.txt',
  'requirements/base.txt',
  'requirements-prod.txt',
]

/** Any other list, except those for development. */
const otherName = /^requirements[\w.-]*\.txt$/
const forDevelopment = /dev|test|doc|lint|ci\b|build/

function requirementsFile({ has, files }: Files, folders: readonly string[]): string | undefined {
  const usual = folders.flatMap((folder) => fileNames.map((name) => joinPath(folder, name)))
  const found = usual.find((path) => has(path))
  if (found !== undefined) return found
  const others = files.map(({ path }) => path)
  return folders
    .flatMap((folder) => others.filter((path) => path === joinPath(folder, path.split('/').at(-1) ?? '')))
    .find((path) => {
      const name = path.split('/').at(-1) ?? ''
      return otherName.test(name) && !forDevelopment.test(name)
    })
}

/** The name of the distribution that a line asks for. */
const nameIn = (line: string): string => distributionName(/^[\w.-]+/.exec(line.trim())?.[0] ?? '')

const projectFiles = ['pyproject.toml', 'Pipfile', 'environment.yml', 'environment.yaml', 'conda.yaml']

const none = {
  file: null,
  list: null,
  lines: [],
  from: null,
  names: new Set<string>(),
  pins: [],
  lock: null,
  left: [],
}

async function inProjectFile(files: Files, path: string): Promise<Requirements> {
  const source = (await files.readText(path)) ?? ''
  const { lines, left } =
    path.endsWith('ml') && !path.endsWith('.toml')
      ? condaDependencies(source)
      : { lines: projectDependencies(source), left: [] }
  const [folder, name] = [path.split('/').slice(0, -1).join('/'), path.split('/').at(-1) ?? '']
  const lock =
    (lockFiles[name] ?? []).map((one) => joinPath(folder, one)).find((one) => files.has(one)) ?? null
  const pins = lock === null ? [] : pinsOf(lock, (await files.readText(lock)) ?? '')
  return { ...none, lines, from: path, names: new Set(lines.map(nameIn)), pins, lock, left }
}

/**
 * Reads what a project needs installed: its requirements file, else its `pyproject.toml`, `Pipfile` or `environment.yml`.
 * `given` is the requirements file of a plan, null if the plan has none.
 */
export async function readRequirements(
  files: Files,
  folder: string,
  given?: string | null,
): Promise<Requirements> {
  const folders = folder === '' ? [''] : [folder, '']
  const file = given === undefined ? requirementsFile(files, folders) : (given ?? undefined)
  if (file !== undefined) {
    const list = await readRequirementsFile(files, file, folder)
    const names = new Set(list.packages.map(({ name }) => name).filter((name) => name !== ''))
    return { ...none, file, list, names }
  }
  for (const path of folders.flatMap((each) => projectFiles.map((name) => joinPath(each, name)))) {
    const found = files.has(path) ? await inProjectFile(files, path) : none
    if (found.lines.length > 0) return found
  }
  return none
}

/** Lines for what a package needs but does not state: those of `wanted` whose names it does not have. */
export const notStated = ({ names }: Pick<Requirements, 'names'>, wanted: readonly string[]): string[] =>
  wanted.filter((line) => !names.has(nameIn(line)))
