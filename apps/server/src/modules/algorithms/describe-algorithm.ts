import { translationsOf, type Manifest } from '@vitrine/contract'
import type { AlgorithmRecords, AlgorithmRow } from './algorithms.repository.ts'
import type { PackageWords } from './algorithms.tables.ts'

/** What a version says about its algorithm. An inferred name does not replace an existing one. */
export type Described = { manifest: Manifest; stated: Partial<PackageWords> }

/** A title that was changed by hand stays until the package states a different one than before. */
const keepOrTake = (known: string, before: string | undefined, stated: string | undefined): string =>
  stated === undefined || stated === before ? known : stated

/** The part of an algorithm's row that a version describes. `known` is null for a new algorithm. Pure. */
export function describedBy(known: AlgorithmRow | null, { manifest, stated }: Described) {
  const { name, description, task, cover, translations } = manifest
  const before = known?.packageWords
  return {
    name: known ? keepOrTake(known.name, before?.name, stated.name) : name,
    description: known ? keepOrTake(known.description, before?.description, stated.description) : description,
    task,
    cover,
    packageWords: { name: stated.name ?? name, description: stated.description ?? description },
    translations: translationsOf(translations, [name, description]),
  }
}

/**
 * Takes the title, description and cover of an algorithm from the version of a commit, because this version serves now. A
 * commit that is no version changes nothing.
 */
export async function describeByCommit(
  algorithms: Pick<AlgorithmRecords, 'get' | 'version' | 'save'>,
  algorithmId: string,
  commit: string,
): Promise<void> {
  const known = (await algorithms.get(algorithmId))?.row
  const version = await algorithms.version(algorithmId, commit)
  if (known && version) await algorithms.save({ ...known, ...describedBy(known, version) })
}
