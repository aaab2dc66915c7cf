import { posix } from 'node:path'
import { condaDependencies } from '../../../requirements/conda-file.ts'
import { lockFiles, pinsOf } from '../../../requirements/lock-file.ts'
import type { NotFollowed } from '../../../requirements/package-indexes.ts'
import {
  readRequirementLines,
  readRequirementsFile,
  type BrokenLine,
  type Place,
  type RequirementsList,
} from '../../../requirements/read-requirements.ts'
import { distributionName, hasLineBreak, logicalLines } from '../../../requirements/requirement-lines.ts'
import type { PackageReading } from '../package-reading.ts'
import { joinPath } from './find-module.ts'
import { projectDependencies, tableOf } from './project-file.ts'
import { setupRequirements } from './setup-file.ts'

/** The part of a package that reading its requirements needs. */
export type Files = Pick<PackageReading, 'files' | 'has' | 'readText'>

/** The packages that a package requires. */
export type Requirements = {
  /** Its requirements file. */
  file: string | null
  /** That file, or what is stated elsewhere, with all that it includes. */
  list: RequirementsList | null
  /** Lines of a requirements file for what it states elsewhere, with paths as seen from the top of the package. */
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
  /** What else its file says that is not followed, or only in part. */
  notFollowed: (NotFollowed & { path: string })[]
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

/** A line of a list of packages, and none of a text about what is needed. */
const listLine = /^(?:-|[\w.-]+\s*(?:\[[^\]]*\]\s*)?(?:$|[=<>!~;@]))/

/** A list whose name has no ending, which could be any text as well. */
async function bareList({ has, readText }: Files, folders: readonly string[]): Promise<string | undefined> {
  for (const path of folders.map((folder) => joinPath(folder, 'requirements'))) {
    const lines = has(path) ? logicalLines((await readText(path)) ?? '') : []
    if (lines.length > 0 && lines.every(({ text }) => listLine.test(text))) return path
  }
  return undefined
}

/** The name of the distribution that a line asks for. */
export const nameIn = (line: string): string => distributionName(/^[\w.-]+/.exec(line.trim())?.[0] ?? '')

const projectFiles = [
  ...['pyproject.toml', 'Pipfile', 'environment.yml', 'environment.yaml', 'conda.yaml'],
  ...['setup.cfg', 'setup.py'],
]

const none = {
  file: null,
  list: null,
  lines: [],
  from: null,
  names: new Set<string>(),
  pins: [],
  lock: null,
  left: [],
  notFollowed: [],
}

/** The most projects of a workspace that are looked at. */
const membersAtMost = 100

/** The folders of the projects of a package, as seen from one of them, by their names. */
async function workspaceOf(files: Files, folder: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  const projects = files.files.filter(({ path }) => /(^|\/)pyproject\.toml$/.test(path))
  for (const { path } of projects.slice(0, membersAtMost)) {
    const name = /^name\s*=\s*["']([\w.-]+)["']/m.exec(
      tableOf((await files.readText(path)) ?? '', 'project'),
    )?.[1]
    if (name !== undefined)
      found.set(distributionName(name), posix.relative(folder, posix.dirname(path)) || '.')
  }
  return found
}

/** The line of a project file on which the beginning of a requirement is named first. */
function placeOf(path: string, source: readonly string[], text: string): Place {
  const named = /^(?:\.\/|-[\w-]+\s+)?([^\s[;=<>~!]+)/.exec(text)?.[1] ?? text
  return {
    path,
    text,
    line:
      Math.max(
        0,
        source.findIndex((line) => line.includes(named)),
      ) + 1,
  }
}

async function statedIn(files: Files, path: string, folder: string) {
  const source = (await files.readText(path)) ?? ''
  if (path.endsWith('ml') && !path.endsWith('.toml'))
    return { ...condaDependencies(source), limits: [], notFollowed: [], source }
  if (/(^|\/)setup\.(cfg|py)$/.test(path))
    return { lines: setupRequirements(path, source), limits: [], left: [], notFollowed: [], source }
  const members = source.includes('workspace') ? await workspaceOf(files, folder) : new Map<string, string>()
  const { lines, limits, left } = projectDependencies(
    source,
    (name) => members.get(distributionName(name)) ?? null,
  )
  return { lines, limits, left: [], notFollowed: left.map((one) => ({ ...one, path })), source }
}

const outside = {
  zh: '在包的外面，没有安装；请放进包里，或写一个软件源里有的版本',
  en: 'it is outside of the package and not installed; put it into the package, or name a version that an index has',
}

async function inProjectFile(files: Files, path: string): Promise<Requirements> {
  const [folder, name] = [path.split('/').slice(0, -1).join('/'), path.split('/').at(-1) ?? '']
  const { source, lines, limits, left, notFollowed } = await statedIn(files, path, folder)
  const places = lines.map((text) => placeOf(path, source.split('\n'), text))
  const list = await readRequirementLines(files, places, folder)
  const brokenLimits = limits.filter(hasLineBreak).map((text): BrokenLine => ({
    ...placeOf(path, source.split('\n'), text),
    what: 'line_break',
  }))
  const foreign = list.broken.filter(({ what }) => what === 'foreign')
  const lock =
    (lockFiles[name] ?? []).map((one) => joinPath(folder, one)).find((one) => files.has(one)) ?? null
  const pins = lock === null ? [] : pinsOf(lock, (await files.readText(lock)) ?? '')
  return {
    ...none,
    list: { ...list, broken: [...list.broken.filter(({ what }) => what !== 'foreign'), ...brokenLimits] },
    lines: list.lines,
    from: path,
    names: new Set([...lines.map(nameIn), ...list.packages.map((one) => one.name)]),
    pins: [...pins, ...limits.filter((text) => !hasLineBreak(text))],
    lock,
    left,
    notFollowed: [
      ...notFollowed,
      ...foreign.map(({ text, path: at }) => ({ path: at, what: text, why: outside })),
    ],
  }
}

/**
 * Reads what a project needs installed: its requirements file, else its `pyproject.toml`, `Pipfile`, `environment.yml`, `setup.cfg` or
 * `setup.py`.
 * `given` is the requirements file of a plan, null if the plan has none.
 */
export async function readRequirements(
  files: Files,
  folder: string,
  given?: string | null,
): Promise<Requirements> {
  const folders = folder === '' ? [''] : [folder, '']
  const file =
    given === undefined
      ? (requirementsFile(files, folders) ?? (await bareList(files, folders)))
      : (given ?? undefined)
  if (file !== undefined) {
    const list = await readRequirementsFile(files, file, folder)
    const names = new Set(list.packages.map(({ name }) => name).filter((name) => name !== ''))
    return { ...none, file, list, names }
  }
  const unread: Requirements['notFollowed'] = []
  for (const path of folders.flatMap((each) => projectFiles.map((name) => joinPath(each, name)))) {
    const found = files.has(path) ? await inProjectFile(files, path) : none
    // A line that is refused must not be passed over because it is the only one.
    const isRefused = found.list?.broken.some(({ what }) => what === 'line_break') ?? false
    if (found.lines.length > 0 || isRefused) return found
    unread.push(...found.notFollowed)
  }
  return { ...none, notFollowed: unread }
}

const joined = (one: RequirementsList, other: RequirementsList): RequirementsList => ({
  lines: [...one.lines, ...other.lines],
  packages: [...one.packages, ...other.packages],
  limits: [...one.limits, ...other.limits],
  local: [...one.local, ...other.local],
  broken: [...one.broken, ...other.broken],
})

/** Adds the lines of a plan to what a package states. Their paths are seen from the top of the package. */
export async function withPlan(
  files: Files,
  stated: Requirements,
  install: readonly string[],
): Promise<Requirements> {
  const places = install.map((text) => ({ path: stated.from ?? 'algorithm.yaml', line: 1, text }))
  const more = await readRequirementLines(files, places, '')
  return { ...stated, list: stated.list ? joined(stated.list, more) : more }
}

/** Lines for what a package needs but does not state: those of `wanted` whose names it does not have. */
export const notStated = ({ names }: Pick<Requirements, 'names'>, wanted: readonly string[]): string[] =>
  wanted.filter((line) => !names.has(nameIn(line)))
