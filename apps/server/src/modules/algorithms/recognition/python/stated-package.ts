import type { NotFollowed } from '../../../requirements/package-indexes.ts'
import { packageSource, type PackageSource, type Wanted } from '../../../requirements/project-sources.ts'

/** A package with the places that it may come from. `where` is the place at which the file says so. */
export type SourcedPackage = { kind: 'sourced'; wanted: Wanted; sources: PackageSource[]; where: string }

/** A package as a project file states it: a line that pip reads as it is, a package with its sources, or one that is not followed. */
export type StatedPackage =
  { kind: 'line'; line: string } | SourcedPackage | { kind: 'not_followed'; part: NotFollowed }

/** A list, or a single value in place of a list. */
export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])

/** The sources that a value of a project file names. */
export const sourcesIn = (value: unknown): PackageSource[] =>
  listOf(value).flatMap((one): PackageSource[] => {
    const { data } = packageSource.safeParse(one)
    return data ? [data] : []
  })
