import type { PackageReading } from '../package-reading.ts'
import { joinPath } from './find-module.ts'
import { projectDependencies } from './project-file.ts'

/** What a package says that it needs installed. */
export type Requirements = {
  /** Its requirements file. */
  file: string | null
  /** Lines of a requirements file for what it states elsewhere. */
  lines: string[]
  /** Where those stand. */
  from: string | null
  /** The names of the distributions, as package indexes compare them. */
  names: ReadonlySet<string>
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

function requirementsFile({ has, files }: PackageReading, folders: readonly string[]): string | undefined {
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

/** The name of a distribution, as package indexes compare it. */
const distribution = (line: string): string =>
  (/^[\w.-]+/.exec(line.trim())?.[0] ?? '').toLowerCase().replaceAll(/[-_.]+/g, '-')

const [includesAtMost, linesAtMost] = [20, 20_000]

async function linesOf(reading: PackageReading, file: string): Promise<string[]> {
  const lines: string[] = []
  const files = new Set([file])
  let left = includesAtMost
  // Those that are added meanwhile come, too.
  for (const path of files) {
    if ((left -= 1) < 0) break
    const text = (await reading.readText(path)) ?? ''
    for (const line of text.split(/\r?\n/, linesAtMost)) {
      const other = /^\s*(?:-r[\s=]*|--requirement[\s=]+)(\S+)/.exec(line)?.[1]
      const folder = path.split('/').slice(0, -1).join('/')
      if (other !== undefined) files.add(joinPath(folder, other.replace(/^\.\//, '')))
      else lines.push(line)
    }
  }
  return lines
}

/** Reads what a project needs installed: its requirements file, else its `pyproject.toml`. */
export async function readRequirements(reading: PackageReading, folder: string): Promise<Requirements> {
  const folders = folder === '' ? [''] : [folder, '']
  const file = requirementsFile(reading, folders)
  if (file !== undefined) {
    const names = new Set((await linesOf(reading, file)).map(distribution).filter((name) => name !== ''))
    return { file, lines: [], from: null, names }
  }
  const from = folders
    .flatMap((each) => [joinPath(each, 'pyproject.toml'), joinPath(each, 'Pipfile')])
    .find((path) => reading.has(path))
  const lines = from === undefined ? [] : projectDependencies((await reading.readText(from)) ?? '')
  return {
    file: null,
    lines,
    from: lines.length > 0 ? (from ?? null) : null,
    names: new Set(lines.map(distribution)),
  }
}

/** Lines for what a package needs but does not state: those of `wanted` whose names it does not have. */
export const notStated = ({ names }: Pick<Requirements, 'names'>, wanted: readonly string[]): string[] =>
  wanted.filter((line) => !names.has(distribution(line)))
