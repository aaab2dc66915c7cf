import { isUtf8 } from 'node:buffer'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { asWritten, type Inspection, type ListQuery, type Manifest } from '@vitrine/contract'
import { brokenForeignKey } from '../../adapters/database/database.ts'
import { requireReach } from '../../lib/require-access.ts'
import { refusalOf } from '../../lib/invalid-request.errors.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Language } from '../../lib/errors.ts'
import { visibleRows } from '../../lib/policy.ts'
import { shownFindings } from '../sources/finding.ts'
import { viewFolder } from '../sources/package-view.ts'
import type { ReceivedUpload } from '../sources/receive-upload.ts'
import { mayChange, requireAlgorithm, requireOwner, type AlgorithmsDeps } from './algorithms.deps.ts'
import {
  algorithmInUse,
  algorithmNotOwned,
  pathNotFound,
  refNotFound,
  versionNotFound,
} from './algorithms.errors.ts'
import type { VersionRow } from './algorithm-versions.repository.ts'
import { algorithmSorts, type AlgorithmWithLatest } from './algorithms.repository.ts'
import { requireStorable } from './recognise-upload.ts'
import { recogniseCommit } from './register-commit.ts'
import type { HostedFiles } from '../models/hosted-files.ts'
import { largeFileFindings, modelFindings } from './model-findings.ts'
import { nextVersionFindings } from './next-version.ts'
import { toInspection } from './recognition/recognise.ts'
import { inTurnOf } from './turns.ts'

type ReadDeps = Pick<AlgorithmsDeps, 'algorithms' | 'codeHost' | 'recogniser'>

/** A page of algorithms that the actor reaches. Throws `request.invalid` for an unknown sort. */
export function browseAlgorithms(
  deps: Pick<AlgorithmsDeps, 'algorithms'>,
  { actor, query }: { actor: Actor; query: ListQuery },
) {
  if (query.sort !== '' && !algorithmSorts.includes(query.sort))
    throw refusalOf([{ path: 'sort', rule: 'field.enum', values: { expected: algorithmSorts.join(', ') } }])
  return deps.algorithms.list({ ...query, within: visibleRows(actor).services })
}

/** An algorithm, or null. */
export const browseAlgorithm = (
  deps: Pick<AlgorithmsDeps, 'algorithms'>,
  id: string,
): Promise<AlgorithmWithLatest | null> => deps.algorithms.get(id)

/** Versions of an algorithm, newest first. */
export async function browseVersions(
  deps: Pick<AlgorithmsDeps, 'algorithms'>,
  id: string,
  query: ListQuery & { language: Language },
) {
  await requireAlgorithm(deps, id)
  return deps.algorithms.versions(id, query)
}

/** One version of an algorithm. Throws `algorithm.not_found` and `algorithm.version_not_found`. */
export async function readVersion(
  deps: Pick<AlgorithmsDeps, 'algorithms'>,
  { id, number }: { id: string; number: number },
): Promise<VersionRow> {
  await requireAlgorithm(deps, id)
  const version = await deps.algorithms.versionNumbered(id, number)
  if (!version) throw versionNotFound({ algorithm_id: id, number })
  return version
}

/** The numbers of the versions among commits of an algorithm, by commit. */
export const numbersOfCommits = (
  deps: Pick<AlgorithmsDeps, 'algorithms'>,
  id: string,
  commits: readonly string[],
): Promise<Map<string, number>> => deps.algorithms.numbersOfCommits(id, commits)

/** The version of a commit; null if the commit is not a version. */
export const versionOf = (
  deps: Pick<AlgorithmsDeps, 'algorithms'>,
  { algorithmId, commit }: { algorithmId: string; commit: string },
): Promise<VersionRow | null> => deps.algorithms.version(algorithmId, commit)

/** What an upload would become. Nothing is stored. An id that belongs to somebody else is one of the problems. */
export async function inspectPackage(
  deps: Pick<AlgorithmsDeps, 'algorithms' | 'recogniser' | 'modelGrants'>,
  input: {
    upload: ReceivedUpload
    /** The files of Git LFS that the server has which the code comes from. */
    hosted?: HostedFiles | undefined
    actor: Actor
    language: Language
    signal?: AbortSignal
  },
): Promise<Inspection> {
  const { upload, hosted, actor, language, signal } = input
  const given = { algorithmId: upload.algorithmId, name: upload.name, packageName: upload.givenName }
  const recognition = await deps.recogniser.recognise(
    actor.id,
    await viewFolder(upload.folder),
    given,
    signal,
  )
  const { manifest } = recognition
  if (manifest) requireReach(actor, [manifest.id])
  const known = manifest ? await deps.algorithms.get(manifest.id) : null
  const to = { algorithmId: manifest?.id ?? '', ownerId: known?.row.ownerId ?? actor.id }
  const ofModels = await modelFindings(deps, { actor, hosted, ...to }, recognition)
  const findings = [...ofModels, ...largeFileFindings(recognition.files), ...upload.findings]
  const inspection = toInspection(recognition, findings, language)
  if (!known) return inspection
  if (mayChange(actor, known.row)) {
    const found = nextVersionFindings(known, inspection.named_from)
    return {
      ...inspection,
      problems: [...inspection.problems, ...shownFindings(found.problems, language)],
      warnings: [...shownFindings(found.warnings, language), ...inspection.warnings],
    }
  }
  const error = algorithmNotOwned({ algorithm_id: known.row.id, owner: known.row.ownerName })
  const problem = { code: error.code, message: error.messageIn(language) }
  return { ...inspection, problems: [...inspection.problems, problem] }
}

/** Changes an algorithm's title or description. */
export function describeAlgorithm(
  deps: AlgorithmsDeps,
  input: { id: string; change: { name?: string; description?: string }; actor: Actor },
): Promise<AlgorithmWithLatest> {
  return inTurnOf(deps, input.id, async () => {
    const { row } = await requireAlgorithm(deps, input.id)
    requireOwner(input.actor, row)
    const { name, description } = input.change
    await deps.algorithms.change(input.id, {
      ...(name !== undefined && { name: asWritten(row.translations, name) }),
      ...(description !== undefined && { description: asWritten(row.translations, description) }),
      updatedAt: deps.clock(),
    })
    return requireAlgorithm(deps, input.id)
  })
}

/** Deletes an algorithm with its versions and its repository. Throws `algorithm.in_use` while a service runs it. */
export function deleteAlgorithm(deps: AlgorithmsDeps, input: { id: string; actor: Actor }): Promise<void> {
  const { id } = input
  return inTurnOf(deps, id, async () => {
    requireOwner(input.actor, (await requireAlgorithm(deps, id)).row)
    const service = await deps.isInUse(id)
    if (service !== null) throw algorithmInUse({ algorithm_id: id, service_id: service })
    try {
      await deps.algorithms.remove(id)
    } catch (error) {
      // A service was created between the check and the deletion.
      if (brokenForeignKey(error) === null) throw error
      throw algorithmInUse({ algorithm_id: id, service_id: await deps.isInUse(id) }, error)
    }
    await deps.codeHost.deleteRepository(id)
    await deps.modelGrants.takeBack(id)
  })
}

/** Longer than any push takes, in milliseconds. */
const longestPushMs = 24 * 60 * 60_000

/**
 * Removes repositories that no algorithm has: what a platform that was killed has left, and pushes to new names. They would count for
 * nobody. A repository gets its algorithm within one turn of its id.
 */
export async function removeLeftCode(
  deps: Pick<AlgorithmsDeps, 'algorithms' | 'codeHost' | 'queue' | 'clock'>,
): Promise<void> {
  const { algorithms, codeHost, clock } = deps
  await codeHost.removeUnnamed(new Date(clock().getTime() - longestPushMs))
  const isLeft = async (id: string) => (await algorithms.get(id)) === null
  for (const id of await codeHost.names()) {
    if (!(await isLeft(id))) continue
    await inTurnOf(deps, id, async () => {
      if (await isLeft(id)) await codeHost.deleteRepository(id)
    })
  }
}

/**
 * The code to deploy: the newest version, or the one that a branch, tag or commit names. If the commit is not
 * a version, its manifest is recognised now and `number` is null. Throws `algorithm.not_found`,
 * `algorithm.ref_not_found`, `algorithm.not_recognised`, `algorithm.invalid`.
 */
export async function getVersion(
  deps: ReadDeps & Pick<AlgorithmsDeps, 'uploads'>,
  input: { algorithmId: string; ref?: string },
): Promise<{ commit: string; number: number | null; manifest: Manifest }> {
  const { algorithmId, ref } = input
  const { row } = await requireAlgorithm(deps, algorithmId)
  const commit = ref === undefined ? undefined : await deps.codeHost.resolve(algorithmId, ref)
  const version = commit === null ? null : await deps.algorithms.version(algorithmId, commit)
  if (version) return { commit: version.commit, number: version.number, manifest: version.manifest }
  if (!commit) throw refNotFound({ algorithm_id: algorithmId, ref: ref ?? null })
  const { manifest } = requireStorable(await recogniseCommit(deps, row, commit))
  return { commit, number: null, manifest }
}

/** Largest text that is shown, in bytes: 1 MiB. Longer ones can only be downloaded. */
const shownBytes = 1024 ** 2

type Place = { algorithmId: string; ref: string; path: string }

async function locate(deps: ReadDeps, place: Place) {
  await requireAlgorithm(deps, place.algorithmId)
  const commit = await deps.codeHost.resolve(place.algorithmId, place.ref)
  if (!commit) throw refNotFound({ algorithm_id: place.algorithmId, ref: place.ref })
  const found = await deps.codeHost.stat(place.algorithmId, commit, place.path)
  if (!found) throw pathNotFound({ algorithm_id: place.algorithmId, path: place.path })
  return { commit, found }
}

/** The entries of a folder, or a file. A file comes with its text if it is text and not too long. */
export async function readPath(deps: ReadDeps, place: Place) {
  const { commit, found } = await locate(deps, place)
  if (found.type === 'folder') return found
  if (found.size > shownBytes) return { ...found, content: null }
  const bytes = await buffer(await deps.codeHost.read(place.algorithmId, commit, place.path))
  return { ...found, content: isUtf8(bytes) && !bytes.includes(0) ? bytes.toString('utf8') : null }
}

/** A file's bytes, streamed. */
export async function openFile(deps: ReadDeps, place: Place): Promise<{ size: number; content: Readable }> {
  const { commit, found } = await locate(deps, place)
  if (found.type === 'folder') throw pathNotFound({ algorithm_id: place.algorithmId, path: place.path })
  return { size: found.size, content: await deps.codeHost.read(place.algorithmId, commit, place.path) }
}
