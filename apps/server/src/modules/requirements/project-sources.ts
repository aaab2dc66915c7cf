import { posix } from 'node:path'
import { z } from 'zod'
import type { Sentence } from '../sources/finding.ts'
import { whyNotAddress, type PackageIndex } from './package-indexes.ts'
import { distributionName } from './requirement-lines.ts'

const text = z.string().max(2_000).optional().catch(undefined)
const yes = z.boolean().optional().catch(undefined)

/** Where a package comes from, in the words of uv, Poetry and Pipenv. */
export const packageSource = z.looseObject({
  index: text,
  source: text,
  path: text,
  file: text,
  url: text,
  git: text,
  rev: text,
  tag: text,
  branch: text,
  ref: text,
  subdirectory: text,
  marker: text,
  workspace: yes,
})
/** Where a package comes from, in the words of uv, Poetry and Pipenv. */
export type PackageSource = z.infer<typeof packageSource>

/** A package that a project asks for. `extras` has its brackets, and `version` its signs. */
export type Wanted = { name: string; extras: string; version: string; marker: string }

const withMarker = (line: string, marker: string) => (marker === '' ? line : `${line} ; ${marker}`)

/** A package as a line of a requirements file, from an index. */
export const plainLine = ({ name, extras, version, marker }: Wanted): string =>
  withMarker(`${name}${extras}${version}`, marker)

const sshOnly: Sentence = {
  zh: '构建只能用 https 取 git 仓库；请写成 https 地址，或把它打成 wheel 放进包里',
  en: 'builds reach repositories of git by https alone; write such an address, or put a wheel of it into the package',
}
const noMember: Sentence = {
  zh: '包里没有这个工作区成员',
  en: 'the package has no such member of the workspace',
}
const oddPath: Sentence = { zh: '路径里有空格或方括号', en: 'its path has spaces or brackets' }

/**
 * A package from its source as a line of a requirements file, or why pip cannot have it from there. Null if it comes from an
 * index. `memberAt` gives the folder of a member of the workspace, as seen from the project.
 */
export function sourceLine(
  wanted: Wanted,
  source: PackageSource,
  memberAt: (name: string) => string | null,
): string | Sentence | null {
  const { name, extras, marker } = wanted
  const path = source.workspace ? memberAt(name) : (source.path ?? source.file)
  if (path === null) return noMember
  if (path !== undefined) {
    if (/[\s[\];]/.test(path)) return oddPath
    return withMarker(`${path.startsWith('/') ? path : `./${posix.normalize(path)}`}${extras}`, marker)
  }
  if (source.git !== undefined) {
    const url = source.git.replace(/^git\+/, '')
    if (!/^https?:/.test(url)) return sshOnly
    const at = source.rev ?? source.tag ?? source.branch ?? source.ref
    const folder = source.subdirectory === undefined ? '' : `#subdirectory=${source.subdirectory}`
    return (
      whyNotAddress(url) ??
      withMarker(`${name}${extras} @ git+${url}${at === undefined ? '' : `@${at}`}${folder}`, marker)
    )
  }
  if (source.url === undefined) return null
  return whyNotAddress(source.url) ?? withMarker(`${name}${extras} @ ${source.url}`, marker)
}

/** Of several sources for different systems, the one for Linux. Null if that is not known. */
export function sourceForLinux(sources: readonly PackageSource[]): PackageSource | null {
  const here = sources.filter(
    ({ marker }) =>
      marker === undefined || !/(==\s*['"](darwin|win32|Darwin|Windows)|!=\s*['"](linux|Linux))/.test(marker),
  )
  return here.length === 1 ? (here[0] ?? null) : null
}

const indexEntry = z.looseObject({
  name: text,
  url: text,
  default: yes,
  explicit: yes,
  secondary: yes,
  format: text,
  priority: text,
})

/** An index of a project file. One that is `explicit` is for packages that name it. */
export type ListedIndex = PackageIndex & { isExplicit: boolean }

/** The indexes of `[[tool.uv.index]]`. */
export const uvIndexes = (list: unknown): ListedIndex[] =>
  entriesOf(list).map(({ name, url, default: isDefault, explicit, format }) => ({
    name: name ?? '',
    url: url ?? '',
    isDefault: isDefault ?? false,
    isExplicit: explicit ?? false,
    isFlat: format === 'flat',
  }))

const ofPoetry = 'https://pypi.org/simple'

/** The indexes of `[[tool.poetry.source]]`. Those without another priority take the place of PyPI. */
export const poetryIndexes = (list: unknown): ListedIndex[] =>
  entriesOf(list).map(({ name, url, default: isDefault, secondary, priority }) => ({
    name: name ?? '',
    url: url ?? (name?.toLowerCase() === 'pypi' ? ofPoetry : ''),
    isDefault: isDefault ?? ((priority ?? 'primary') === 'primary' && secondary !== true),
    isExplicit: priority === 'explicit',
    isFlat: false,
  }))

/** The indexes of `[[source]]` in a Pipfile: the first is the default. */
export const pipfileIndexes = (list: unknown): ListedIndex[] =>
  entriesOf(list).map(({ name, url }, at) => ({
    name: name ?? '',
    url: url ?? '',
    isDefault: at === 0,
    isExplicit: at > 0,
    isFlat: false,
  }))

const entriesOf = (list: unknown) => z.array(indexEntry).max(100).safeParse(list).data ?? []

/** The name by which sources of a project are looked up. */
export const sourceKey = (name: string): string => distributionName(name)
