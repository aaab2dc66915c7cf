import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Finding, Inspection } from '@vitrine/contract'
import type { GitRemote } from '../../adapters/code-host/git-remote.ts'
import { requireReach } from '../../http/guard.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Language } from '../../lib/errors.ts'
import { notesIn } from '../sources/package-note.ts'
import { inUploadFolder } from '../sources/receive-upload.ts'
import { requireAlgorithm, requireOwner, type AlgorithmsDeps } from './algorithms.deps.ts'
import { algorithmIdTaken } from './algorithms.errors.ts'
import { findAlgorithm, type AlgorithmWithLatest, type VersionRow } from './algorithms.repository.ts'
import {
  recogniseCommit,
  recordVersion,
  registerCommit,
  requireRoomForAlgorithm,
  requireStorable,
  type CodePlace,
} from './algorithms.store.ts'
import { inspectPackage } from './algorithms.usecases.ts'
import { largeFileFindings, modelFindings } from './model-findings.ts'

/** A repository of another server, and where it is recorded. */
export type RepositorySource = { remote: GitRemote; place: CodePlace }

/** What a repository of another server became. */
export type Registered = { algorithm: AlgorithmWithLatest; version: VersionRow; warnings: Finding[] }

/** Fetches a repository and makes its branch the first version of a new algorithm. If that fails, nothing is left of it. */
async function fetchFirst(
  deps: AlgorithmsDeps,
  input: { id: string; source: RepositorySource; actor: Actor; language: Language },
): Promise<{ version: VersionRow; warnings: Finding[] }> {
  const { id, source, actor, language } = input
  const { branch } = source.place
  // A repository without an algorithm is left over from a crash.
  await deps.codeHost.deleteRepository(id)
  try {
    const { commit, subject: message } = await deps.codeHost.fetch({
      algorithmId: id,
      remote: source.remote,
      branch,
    })
    const recognition = await recogniseCommit(deps, { id, ownerId: actor.id }, commit)
    const { manifest } = requireStorable(recognition)
    const { stated } = recognition
    const next = { manifest, stated, commit, message, actor, place: source.place }
    const version = await recordVersion(deps, null, next)
    const about = [
      ...(await modelFindings(deps, actor.id, recognition)),
      ...largeFileFindings(recognition.files),
    ]
    return { version, warnings: notesIn([...about, ...recognition.warnings], language) }
  } catch (error) {
    await deps.codeHost.deleteRepository(id)
    throw error
  }
}

/**
 * Makes a repository of another server an algorithm. Throws `algorithm.id_taken`, `quota.algorithms`, `quota.code`,
 * `algorithm.not_recognised`, `algorithm.invalid` and what fetching throws; then nothing is stored.
 */
export function registerRepository(
  deps: AlgorithmsDeps,
  input: { id: string; source: RepositorySource; actor: Actor; language: Language },
): Promise<Registered> {
  const { id, actor } = input
  requireReach(actor, [id])
  return deps.turns.run(id, async () => {
    const known = await findAlgorithm(deps.db, id)
    if (known) throw algorithmIdTaken({ algorithm_id: id })
    return deps.turns.run(`code of ${actor.id}`, async () => {
      await requireRoomForAlgorithm(deps, actor)
      const { giveBack } = await deps.codeRoom.enter(actor, { id, ownerId: actor.id }, 0)
      try {
        const { version, warnings } = await fetchFirst(deps, input)
        return { algorithm: await requireAlgorithm(deps, id), version, warnings }
      } finally {
        giveBack()
      }
    })
  })
}

/**
 * What a repository of another server would become. It is fetched into a repository of its own, which is deleted again. Throws what
 * fetching throws.
 */
export async function inspectRepository(
  deps: AlgorithmsDeps,
  input: { id: string | undefined; name: string; source: RepositorySource; actor: Actor; language: Language },
): Promise<Inspection> {
  const { source, name, actor, language } = input
  const algorithmId = `inspect-${randomUUID()}`
  try {
    const { branch } = source.place
    const { commit } = await deps.codeHost.fetch({ algorithmId, remote: source.remote, branch })
    return await inUploadFolder(deps.uploads.uploadsFolder, async (target) => {
      const folder = join(target, 'package')
      await deps.codeHost.checkout({ algorithmId, commit, folder })
      const given = input.id !== undefined && { algorithmId: input.id }
      return inspectPackage(deps, {
        upload: { folder, givenName: name, notes: [], ...given },
        actor,
        language,
      })
    })
  } finally {
    await deps.codeHost.deleteRepository(algorithmId)
  }
}

/**
 * Fetches what is new of an algorithm's repository on another server. A new commit becomes the next version. Throws
 * `algorithm.not_owner`, `quota.code`, `algorithm.not_recognised`, `algorithm.invalid` and what fetching throws; a fetched commit that
 * is not recognised stays without a version.
 */
export async function followRepository(
  deps: AlgorithmsDeps,
  input: { id: string; remote: GitRemote; branch: string; actor: Actor },
): Promise<{ commit: string; changed: boolean }> {
  const { id, remote, branch, actor } = input
  const { row } = await requireAlgorithm(deps, id)
  requireOwner(actor, row)
  const { giveBack } = await deps.codeRoom.enter(actor, row, 0)
  const fetched = await deps.turns
    .run(id, () => deps.codeHost.fetch({ algorithmId: id, remote, branch }))
    .finally(giveBack)
  const { commit, subject: message } = fetched
  await registerCommit(deps, { algorithmId: id, commit, message, actor })
  return fetched
}
