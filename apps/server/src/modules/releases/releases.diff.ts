import type { Json, Manifest, ReleaseDiff } from '@vitrine/contract'
import { distributionName, logicalLines } from '../requirements/requirement-lines.ts'
import type { ReleaseConfig } from './releases.tables.ts'

/** One value that differs. If it is missing on one side, it is null there. */
export type ReleaseChange = ReleaseDiff['changes'][number]

/** What is compared of a release in addition to its files. */
export type ComparedRelease = {
  manifest: Manifest
  /** Identifies the interpreter and the packages. Null before there is an environment. */
  environmentHash: string | null
  /** The required packages: name → version. */
  packages: Record<string, string>
  config: ReleaseConfig
}

const isObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The differences between two JSON values, by dotted paths: objects key by key, lists entry by entry,
 * everything else as a whole.
 */
export function jsonChanges(
  before: Json,
  after: Json,
  path = '',
): { path: string; before: Json; after: Json }[] {
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return keys.flatMap((key) =>
      jsonChanges(before[key] ?? null, after[key] ?? null, path === '' ? key : `${path}.${key}`),
    )
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length)
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      jsonChanges(before[index] ?? null, after[index] ?? null, `${path}[${index}]`),
    )
  }
  return Object.is(before, after) ? [] : [{ path, before, after }]
}

const asJson = (value: object): Json => JSON.parse(JSON.stringify(value))

/** Where the options of a requirement begin, such as its hashes. */
const options = /\s--/

/** Requirement lines of pip (PEP 508) as `name → the rest`. Options, comments and empty lines are left out. */
export function pythonPackages(requirements: string): Record<string, string> {
  return Object.fromEntries(
    logicalLines(requirements).flatMap(({ text }) => {
      const [, name, rest = ''] = /^([A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?)\s*(.*)$/s.exec(text) ?? []
      return name === undefined ? [] : [[distributionName(name), rest.split(options, 1)[0] ?? '']]
    }),
  )
}

/** The dependencies in a package.json, `name → range`. Empty for invalid text. */
export function nodeDependencies(packageJson: string): Record<string, string> {
  const root = parsed(packageJson)
  const wanted = isObject(root) ? root.dependencies : undefined
  if (wanted === undefined || !isObject(wanted)) return {}
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([name, range]) => (typeof range === 'string' ? [[name, range]] : [])),
  )
}

const versionOf = (entry: Json | undefined): string | null =>
  entry !== undefined && isObject(entry) && typeof entry.version === 'string' ? entry.version : null

/** The packages in npm's lock file (lockfileVersion 2 and 3), `name → version`. Empty for invalid text. */
export function nodePackages(lock: string): Record<string, string> {
  const root = parsed(lock)
  const packages = isObject(root) ? root.packages : undefined
  if (packages === undefined || !isObject(packages)) return {}
  const prefix = 'node_modules/'
  return Object.fromEntries(
    Object.entries(packages).flatMap(([path, entry]) => {
      const version = path.startsWith(prefix) ? versionOf(entry) : null
      return version === null ? [] : [[path.slice(prefix.length), version]]
    }),
  )
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function environmentChanges(before: ComparedRelease, after: ComparedRelease): ReleaseChange[] {
  const sideOf = ({ manifest, packages }: ComparedRelease) => asJson({ runtime: manifest.runtime, packages })
  const changes = jsonChanges(sideOf(before), sideOf(after))
  // The packages are equal but the hash is not, so the interpreter differs.
  const isUnexplained =
    changes.length === 0 &&
    before.environmentHash !== after.environmentHash &&
    before.environmentHash !== null &&
    after.environmentHash !== null
  const hash = { path: 'hash', before: before.environmentHash, after: after.environmentHash }
  return (isUnexplained ? [hash] : changes).map((one) => ({ area: 'environment' as const, ...one }))
}

/**
 * The differences between two releases apart from their files: manifest, the algorithm's parameters,
 * environment and the service's settings. Pure.
 */
export function releaseChanges(before: ComparedRelease, after: ComparedRelease): ReleaseChange[] {
  const { parameters: oldParameters, runtime: _old, ...oldRest } = before.manifest
  const { parameters: newParameters, runtime: _new, ...newRest } = after.manifest
  const inArea = (area: ReleaseChange['area'], old: object, now: object): ReleaseChange[] =>
    jsonChanges(asJson(old), asJson(now)).map((one) => ({ area, ...one }))
  return [
    ...inArea('manifest', oldRest, newRest),
    ...inArea('parameters', { parameters: oldParameters }, { parameters: newParameters }),
    ...environmentChanges(before, after),
    ...inArea('config', before.config, after.config),
  ]
}
