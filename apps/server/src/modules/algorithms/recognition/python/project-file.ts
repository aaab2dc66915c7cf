import { z } from 'zod'
import { indexLines, whyNotAddress, type NotFollowed } from '../../../requirements/package-indexes.ts'
import {
  packageSource,
  pipfileIndexes,
  plainLine,
  poetryIndexes,
  sourceForLinux,
  sourceKey,
  sourceLine,
  uvIndexes,
  type ListedIndex,
  type PackageSource,
  type Wanted,
} from '../../../requirements/project-sources.ts'
import { readToml } from '../../../requirements/toml.ts'
import { say } from '../plan.ts'

/** The lines below `[name]` of a TOML file, up to the next table. */
export function tableOf(text: string, name: string): string {
  const start = text.split('\n').findIndex((line) => line.trim() === `[${name}]`)
  if (start < 0) return ''
  const lines = text.split('\n').slice(start + 1)
  const end = lines.findIndex((line) => line.startsWith('['))
  return (end < 0 ? lines : lines.slice(0, end)).join('\n')
}

/**
 * A version of Poetry as package indexes know it: `^1.2` is `>=1.2,<2`, `~1.2.3` is `>=1.2.3,<1.3`, and a number alone
 * is exactly that version.
 */
export function poetryVersion(written: string): string {
  const version = written.trim()
  if (version === '*' || version === '') return ''
  const [, sign, number = ''] = /^([\^~])=?\s*(\d[\w.]*)$/.exec(version) ?? []
  if (sign === undefined) return /^\d/.test(version) ? `==${version}` : version
  const parts = number.split('.').map((part) => Number.parseInt(part, 10) || 0)
  const firstOther = parts.findIndex((part) => part > 0)
  const kept = sign === '^' ? (firstOther < 0 ? parts.length - 1 : firstOther) : Math.min(1, parts.length - 1)
  const next = [...parts.slice(0, kept), (parts[kept] ?? 0) + 1]
  return `>=${number},<${next.join('.')}`
}

const tables = z.record(z.string(), z.unknown()).catch({})
const strings = z.array(z.string()).max(5_000).catch([])
const texts = z.union([z.string(), strings]).transform((one) => (typeof one === 'string' ? [one] : one))

const uv = z.looseObject({
  index: z.unknown().optional(),
  sources: tables.default({}),
  'index-url': texts.default([]),
  'extra-index-url': texts.default([]),
  'find-links': texts.default([]),
  'constraint-dependencies': strings.default([]),
})
const projectFile = z.looseObject({
  project: z
    .looseObject({ dependencies: strings.default([]) })
    .catch({ dependencies: [] })
    .optional(),
  tool: z
    .looseObject({
      uv: uv.optional().catch(undefined),
      poetry: z
        .looseObject({ dependencies: tables.default({}), source: z.unknown().optional() })
        .optional()
        .catch(undefined),
    })
    .catch({})
    .optional(),
  packages: tables.default({}),
  source: z.unknown().optional(),
})
type ProjectFile = z.infer<typeof projectFile>

/** What a project file states for pip. */
export type ProjectDependencies = {
  /** Lines of a requirements file. */
  lines: string[]
  /** Lines of a constraints file. */
  limits: string[]
  left: NotFollowed[]
}

/** Settings of uv that change what is installed and that pip does not know. */
const ofUvAlone = [
  ...['override-dependencies', 'exclude-dependencies', 'dependency-metadata', 'conflicts', 'resolution'],
  ...['exclude-newer', 'prerelease', 'no-index', 'no-binary', 'no-binary-package', 'no-build'],
  ...['no-build-package', 'no-build-isolation', 'no-build-isolation-package', 'config-settings'],
]

/** A value that may stand alone in place of a list. */
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])

/** What a package is wanted as and where it comes from, with the place at which the file says so. */
type Entry = { wanted: Wanted; sources: PackageSource[]; where: string }

/** A longer line is no requirement that a person wrote. In characters. */
const longestLine = 2_000
// Spaces are matched at one place alone: a line of many would else be tried in as many ways.
const written = /^\s*([\w.-]+)(?:\s*(\[[^\]]{0,500}\]))?([^;@]*)(?:;(.*))?$/s

/** Why a line with an address cannot stand in a plan. */
const whyNotLine = (line: string) => {
  const address = /@\s*(?:git\+)?(https?:\/\/[^\s;]+)/.exec(line)?.[1]
  return address === undefined ? null : whyNotAddress(address)
}

function standardEntries({ project, tool }: ProjectFile): {
  entries: Entry[]
  lines: string[]
  left: NotFollowed[]
} {
  const sourcesOf = new Map(
    Object.entries(tool?.uv?.sources ?? {}).map(([name, value]) => [sourceKey(name), sourcesIn(value)]),
  )
  const ofPoetry = new Map(
    Object.entries(tool?.poetry?.dependencies ?? {}).map(([name, value]) => [
      sourceKey(name),
      sourcesIn(value),
    ]),
  )
  const [entries, lines, left]: [Entry[], string[], NotFollowed[]] = [[], [], []]
  for (const line of project?.dependencies ?? []) {
    const [, name = '', extras = '', version = '', marker = ''] =
      (line.length > longestLine ? null : written.exec(line)) ?? []
    const sources = sourcesOf.get(sourceKey(name)) ?? ofPoetry.get(sourceKey(name)) ?? []
    const why = whyNotLine(line)
    if (why) left.push({ what: `[project] ${/^\s*([\w.-]*)/.exec(line)?.[1] ?? ''}`, why })
    else if (name === '' || sources.length === 0) lines.push(line)
    else
      entries.push({
        wanted: { name, extras, version: version.trim(), marker: marker.trim() },
        sources,
        where: sourcesOf.has(sourceKey(name))
          ? `[tool.uv.sources] ${name}`
          : `[tool.poetry.dependencies] ${name}`,
      })
  }
  return { entries, lines, left }
}

const sourcesIn = (value: unknown): PackageSource[] =>
  listOf(value).flatMap((one): PackageSource[] => {
    const { data } = packageSource.safeParse(one)
    return data ? [data] : []
  })

const dependency = packageSource.extend({
  version: z.string().optional().catch(undefined),
  extras: strings.default([]),
  markers: z.string().optional().catch(undefined),
  python: z.string().optional().catch(undefined),
  optional: z.boolean().optional().catch(undefined),
})

const markerFor = (python: string | undefined): string =>
  poetryVersion(python ?? '')
    .split(',')
    .flatMap((clause) => {
      const [, sign = '', number = ''] = /^\s*(==|!=|<=|>=|<|>)\s*(\d[\d.]*)\s*$/.exec(clause) ?? []
      return number === '' ? [] : [`python_version ${sign} "${number}"`]
    })
    .join(' and ')

/** The packages of a table of Poetry or Pipenv. An optional one is an extra, and several entries of a name are for different systems. */
const tableEntries = (table: Record<string, unknown>, where: string): Entry[] =>
  Object.entries(table).flatMap(([name, value]) => {
    if (name === 'python' || !/^[\w.-]+$/.test(name)) return []
    return listOf(value).flatMap((one): Entry[] => {
      const { data } = dependency.safeParse(typeof one === 'string' ? { version: one } : one)
      if (!data || data.optional) return []
      const marker = [data.markers, markerFor(data.python)].filter(Boolean)
      const wanted = {
        name,
        extras: data.extras.length === 0 ? '' : `[${data.extras.join(',').replaceAll(/\s/g, '')}]`,
        version: poetryVersion(data.version ?? '*'),
        marker: marker.length > 1 ? marker.map((each) => `(${each})`).join(' and ') : (marker[0] ?? ''),
      }
      return [{ wanted, sources: [data], where: `${where} ${name}` }]
    })
  })

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

/** Turns entries into lines, and finds out which indexes they name. */
function linesOf(
  entries: readonly Entry[],
  indexes: readonly ListedIndex[],
  memberAt: (name: string) => string | null,
) {
  const [lines, left, used]: [string[], NotFollowed[], Set<string>] = [[], [], new Set()]
  for (const { wanted, sources, where } of entries) {
    const source = sources.length > 1 ? sourceForLinux(sources) : sources[0]
    if (!source) left.push({ what: where, why: severalSystems })
    const found = source ? sourceLine(wanted, source, memberAt) : null
    if (found !== null && typeof found !== 'string') left.push({ what: where, why: found })
    else lines.push(found ?? plainLine(wanted))
    const index = source?.index ?? source?.source
    if (found !== null || index === undefined) continue
    const known = indexes.find(({ name }) => name === index)
    if (!known) left.push({ what: where, why: noIndex(index) })
    else if (!known.isDefault && !known.isFlat) left.push({ what: where, why: fromAny(index) })
    used.add(index)
  }
  return { lines, left, used }
}

function uvSettings(settings: z.infer<typeof uv> | undefined) {
  const plain = (url: string, isDefault: boolean, isFlat: boolean) => ({
    ...{ name: '', url, isDefault, isFlat, isExplicit: false },
  })
  const indexes = [
    ...uvIndexes(settings?.index),
    ...(settings?.['index-url'] ?? []).map((url) => plain(url, true, false)),
    ...(settings?.['extra-index-url'] ?? []).map((url) => plain(url, false, false)),
    ...(settings?.['find-links'] ?? []).map((url) => plain(url, false, true)),
  ]
  const why = say('pip 没有这个设置，没有采用', 'pip has no such setting, so it is not followed')
  const left = ofUvAlone
    .filter((key) => settings?.[key] !== undefined)
    .map((key) => ({ what: `[tool.uv] ${key}`, why }))
  return { indexes, left }
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
    return { lines: [], limits: [], left: [{ what: `:${toml.line}`, why }] }
  }
  const file = projectFile.safeParse(toml.content).data
  if (!file) return { lines: [], limits: [], left: [] }
  const ofUv = uvSettings(file.tool?.uv)
  const standard = standardEntries(file)
  const isStandard = standard.lines.length + standard.entries.length > 0
  const poetry = tableEntries(file.tool?.poetry?.dependencies ?? {}, '[tool.poetry.dependencies]')
  const other = poetry.length > 0 ? poetry : tableEntries(file.packages, '[packages]')
  const indexes = [
    ...ofUv.indexes,
    ...poetryIndexes(file.tool?.poetry?.source),
    ...pipfileIndexes(file.source),
  ]
  const found = linesOf(isStandard ? standard.entries : other, indexes, memberAt)
  const named = indexLines(
    indexes.filter(({ isExplicit, name }) => !isExplicit || found.used.has(name)),
    'index',
  )
  const packages = [...(isStandard ? standard.lines : []), ...found.lines].filter((line) => line !== '')
  return {
    lines: packages.length === 0 ? [] : [...named.lines, ...packages],
    limits: file.tool?.uv?.['constraint-dependencies'] ?? [],
    left: packages.length === 0 ? [] : [...standard.left, ...named.left, ...found.left, ...ofUv.left],
  }
}
