import { whyNotAddress } from '../../../requirements/package-indexes.ts'
import { sourceKey, type PackageSource } from '../../../requirements/project-sources.ts'
import type { ProjectFile } from './project-file-schema.ts'
import { sourcesIn, type StatedPackage } from './stated-package.ts'

/** The longest line that is read as a requirement, in characters. Nobody writes a longer one. */
const longestLine = 2_000
/**
 * A requirement: name, extras, version, marker. Spaces are matched at one place alone: a line of many would else be tried in as many
 * ways.
 */
const requirement = /^\s*([\w.-]+)(?![\w.-])(?:\s*(\[[^\]]{0,500}\]))?([^;@]*)(?:;(.*))?$/s

/** Why a line with an address cannot be part of a plan; null if it can. */
function whyNotLine(line: string) {
  const address = /@\s*(?:git\+)?(https?:\/\/[^\s;]+)/.exec(line)?.[1]
  return address === undefined ? null : whyNotAddress(address)
}

/** Finds the sources of a package, of which a table of the file has some. */
type FindSources = (name: string) => { sources: PackageSource[]; where: string } | undefined

function findIn(
  tables: readonly { where: string; table: Record<string, unknown> | undefined }[],
): FindSources {
  const byName = tables.map(({ where, table }) => ({
    where,
    sources: new Map(Object.entries(table ?? {}).map(([name, value]) => [sourceKey(name), sourcesIn(value)])),
  }))
  return (name) => {
    const found = byName.find(({ sources }) => sources.has(sourceKey(name)))
    return found && { sources: found.sources.get(sourceKey(name)) ?? [], where: `${found.where} ${name}` }
  }
}

function packageOf(line: string, find: FindSources): StatedPackage {
  const why = whyNotLine(line)
  if (why) {
    const name = /^\s*([\w.-]*)/.exec(line)?.[1] ?? ''
    return { kind: 'not_followed', part: { what: `[project] ${name}`, why } }
  }
  const parts = line.length > longestLine ? null : requirement.exec(line)
  const [, name = '', extras = '', version = '', marker = ''] = parts ?? []
  const found = name === '' ? undefined : find(name)
  if (found === undefined || found.sources.length === 0) return { kind: 'line', line }
  const wanted = { name, extras, version: version.trim(), marker: marker.trim() }
  return { kind: 'sourced', wanted, ...found }
}

/** The packages of `[project] dependencies`, with the sources that tables of uv or Poetry name for them. */
export function standardPackages({ project, tool }: ProjectFile): StatedPackage[] {
  const find = findIn([
    { where: '[tool.uv.sources]', table: tool?.uv?.sources },
    { where: '[tool.poetry.dependencies]', table: tool?.poetry?.dependencies },
  ])
  return (project?.dependencies ?? []).map((line) => packageOf(line, find))
}
