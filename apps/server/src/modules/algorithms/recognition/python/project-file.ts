import { indexLines, type NotFollowed } from '../../../requirements/package-indexes.ts'
import {
  pipfileIndexes,
  plainLine,
  poetryIndexes,
  sourceForLinux,
  sourceLine,
  type ListedIndex,
} from '../../../requirements/project-sources.ts'
import { readToml } from '../../../requirements/toml.ts'
import { say } from '../plan.ts'
import { projectFile, type ProjectFile } from './project-file-schema.ts'
import { standardPackages } from './standard-packages.ts'
import type { SourcedPackage, StatedPackage } from './stated-package.ts'
import { tablePackages } from './table-packages.ts'
import { indexesOfUv, settingsOfUvAlone } from './uv-settings.ts'

/** The lines below `[name]` of a TOML file, up to the next table. */
export function tableOf(text: string, name: string): string {
  const start = text.split('\n').findIndex((line) => line.trim() === `[${name}]`)
  if (start < 0) return ''
  const lines = text.split('\n').slice(start + 1)
  const end = lines.findIndex((line) => line.startsWith('['))
  return (end < 0 ? lines : lines.slice(0, end)).join('\n')
}

/** What a project file states for pip. */
export type ProjectDependencies = {
  /** Lines of a requirements file. */
  lines: string[]
  /** Lines of a constraints file. */
  limits: string[]
  /** The parts of the file that are not followed. */
  left: NotFollowed[]
}

const nothing: ProjectDependencies = { lines: [], limits: [], left: [] }

const severalSystems = say(
  '有几个来源，看不出哪个用于 Linux',
  'it has several sources, and which is for Linux cannot be told',
)
const noIndex = (name: string) => say(`没有名为 ${name} 的源`, `there is no index with the name ${name}`)
const fromAny = (name: string) =>
  say(
    `源 ${name} 会被用到，但 pip 不能限定某个包只来自它：几个源里版本最新的那个会被安装；请写死版本`,
    `the index ${name} is used, but pip cannot take a package from it alone: it installs the newest of all indexes, so state the exact version`,
  )

/** Why a package cannot be taken from the index of this name alone; null if it can. */
function whyNotFrom(index: string, indexes: readonly ListedIndex[]) {
  const known = indexes.find(({ name }) => name === index)
  if (!known) return noIndex(index)
  return known.isDefault || known.isFlat ? null : fromAny(index)
}

type Context = { indexes: readonly ListedIndex[]; memberAt: (name: string) => string | null }

/** What pip gets for a package: its line, the index that it names, and why a part of it is not followed. */
type ForPip = { line: string | null; index: string | null; notFollowed: NotFollowed[] }

function packageForPip({ wanted, sources, where }: SourcedPackage, { indexes, memberAt }: Context): ForPip {
  const source = sources.length > 1 ? sourceForLinux(sources) : sources[0]
  const plain = { line: plainLine(wanted), index: null }
  if (!source) return { ...plain, notFollowed: [{ what: where, why: severalSystems }] }
  const own = sourceLine(wanted, source, memberAt)
  if (typeof own === 'string') return { line: own, index: null, notFollowed: [] }
  if (own !== null) return { line: null, index: null, notFollowed: [{ what: where, why: own }] }
  const index = source.index ?? source.source
  if (index === undefined) return { ...plain, notFollowed: [] }
  const why = whyNotFrom(index, indexes)
  return { ...plain, index, notFollowed: why === null ? [] : [{ what: where, why }] }
}

/** The packages of the first part of the file that has any: `[project]`, Poetry's table, Pipenv's. */
function statedPackages(file: ProjectFile, standard: readonly StatedPackage[]) {
  const followed = standard.filter((one) => one.kind !== 'not_followed')
  if (followed.length > 0) return followed
  const ofPoetry = tablePackages(file.tool?.poetry?.dependencies ?? {}, '[tool.poetry.dependencies]')
  return ofPoetry.length > 0 ? ofPoetry : tablePackages(file.packages, '[packages]')
}

function dependenciesOf(file: ProjectFile, memberAt: Context['memberAt']): ProjectDependencies {
  const limits = file.tool?.uv?.['constraint-dependencies'] ?? []
  const indexes = [
    ...indexesOfUv(file.tool?.uv),
    ...poetryIndexes(file.tool?.poetry?.source),
    ...pipfileIndexes(file.source),
  ]
  const standard = standardPackages(file)
  const packages = statedPackages(file, standard)
  const plain = packages.flatMap((one) => (one.kind === 'line' ? [one.line] : []))
  const sourced = packages.flatMap((one) =>
    one.kind === 'sourced' ? [packageForPip(one, { indexes, memberAt })] : [],
  )
  const lines = [...plain, ...sourced.flatMap(({ line }) => line ?? [])].filter((line) => line !== '')
  // A file without packages is not what is installed from, so nothing of it need be followed.
  if (lines.length === 0) return { ...nothing, limits }
  const used = new Set(sourced.map(({ index }) => index))
  const named = indexLines(
    indexes.filter(({ isExplicit, name }) => !isExplicit || used.has(name)),
    'index',
  )
  return {
    lines: [...named.lines, ...lines],
    limits,
    left: [
      ...standard.flatMap((one) => (one.kind === 'not_followed' ? [one.part] : [])),
      ...named.left,
      ...sourced.flatMap(({ notFollowed }) => notFollowed),
      ...settingsOfUvAlone(file.tool?.uv),
    ],
  }
}

/**
 * The dependencies of a `pyproject.toml` (standard, of uv or of Poetry) or `Pipfile`, with the indexes that it names.
 * `memberAt` gives the folder of a member of the workspace, as seen from the file.
 */
export function projectDependencies(
  source: string,
  memberAt: (name: string) => string | null = () => null,
): ProjectDependencies {
  const toml = readToml(source)
  if (!('content' in toml)) {
    const why = say(`无法解析：${toml.message}`, `it cannot be read: ${toml.message}`)
    return { ...nothing, left: [{ what: `:${toml.line}`, why }] }
  }
  const file = projectFile.safeParse(toml.content).data
  return file ? dependenciesOf(file, memberAt) : nothing
}
