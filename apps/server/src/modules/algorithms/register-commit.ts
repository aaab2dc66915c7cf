import { join } from 'node:path'
import { visibleText } from '@vitrine/contract'
import type { Incoming } from '../../adapters/code-host/code-host.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Words } from '../../lib/words.ts'
import { modelsNamedBy } from '../models/model-grants.ts'
import { viewFolder } from '../sources/package-view.ts'
import { inUploadFolder } from '../sources/receive-upload.ts'
import { requireAlgorithm, requireOwner, type AlgorithmsDeps } from './algorithms.deps.ts'
import type { VersionRow } from './algorithm-versions.repository.ts'
import { algorithmIdTaken } from './algorithms.errors.ts'
import type { AlgorithmRow } from './algorithms.repository.ts'
import { requireStorable } from './recognise-upload.ts'
import { recordVersion, requireRoomForAlgorithm } from './store-package.ts'
import type { Recognition } from './recognition/recognise.ts'
import { inTurnOf } from './turns.ts'

/**
 * Recognises the package in a commit: its manifest and the findings about it. It is written to the disk once, because git would
 * start programs for each file that is read, while others wait for their turn. `folder` is for an algorithm that is not stored yet.
 * Throws `code_host.too_large` and `code_host.folder_not_found`.
 */
export function recogniseCommit(
  deps: Pick<AlgorithmsDeps, 'codeHost' | 'recogniser' | 'uploads'>,
  algorithm: Pick<AlgorithmRow, 'id' | 'ownerId'> & { name?: string; folder?: string },
  commit: string,
): Promise<Recognition> {
  return inUploadFolder(deps.uploads.uploadsFolder, async (target) => {
    const folder = join(target, 'package')
    const { id: algorithmId, folder: within } = algorithm
    const { unpackedBytes: mostBytes } = deps.uploads.limits
    await deps.codeHost.checkout({
      algorithmId,
      commit,
      folder,
      mostBytes,
      ...(within !== undefined && { within }),
    })
    return deps.recogniser.recognise(algorithm.ownerId, await viewFolder(folder), {
      algorithmId: algorithm.id,
      packageName: algorithm.name ?? algorithm.id,
      ...(algorithm.name !== undefined && { knownName: algorithm.name }),
    })
  })
}

/**
 * The newest version, if it has this commit in its history: somebody has pushed on top of it, and theirs was dealt with first.
 */
async function versionOnTop(
  { codeHost, algorithms }: Pick<AlgorithmsDeps, 'codeHost' | 'algorithms'>,
  { algorithmId, commit, before }: PushedCommit,
): Promise<VersionRow | null> {
  const newest = await algorithms.version(algorithmId)
  // If no version was made since, the commit is on top of the newest one, and the history need not be read.
  if (!newest || newest.commit === before) return null
  const isInside =
    (await codeHost.commits(algorithmId, { from: newest.commit, to: commit, most: 1 })).length === 0
  return isInside ? newest : null
}

/** A commit of an algorithm, and who has brought it here. */
export type CommitInput = { algorithmId: string; commit: string; message: string; actor: Actor }

/**
 * A commit that was pushed. `before`: the newest one of its branch from before, on top of which it is, if that is known. `isSent`: the
 * actor has sent it, so the algorithm gets the model files of theirs that it names.
 */
export type PushedCommit = CommitInput & { before: string | null; isSent: boolean }

/** Makes a commit the next version. Throws as `storePackage` does; the commit then stays without a version. */
export const registerCommit = (deps: AlgorithmsDeps, input: CommitInput): Promise<VersionRow> =>
  registerUnless(deps, { ...input, isSent: false }, async () => null)

/** Like {@link registerCommit}, for a pushed commit. If a version was already made of a later commit on top of it, that version is returned. */
export const registerPush = (deps: AlgorithmsDeps, input: PushedCommit): Promise<VersionRow> =>
  registerUnless(deps, input, () => versionOnTop(deps, input))

function registerUnless(
  deps: AlgorithmsDeps,
  { algorithmId, commit, message, actor, isSent }: CommitInput & { isSent: boolean },
  findOther: () => Promise<VersionRow | null>,
): Promise<VersionRow> {
  return inTurnOf(deps, algorithmId, async () => {
    const { row } = await requireAlgorithm(deps, algorithmId)
    requireOwner(actor, row)
    const existing = await deps.algorithms.version(algorithmId, commit)
    if (existing) return existing
    const other = await findOther()
    if (other) return other
    const recognition = await recogniseCommit(deps, row, commit)
    const { manifest } = requireStorable(recognition)
    const { stated } = recognition
    const gives = isSent ? modelsNamedBy(manifest) : []
    return recordVersion(deps, row, { manifest, stated, commit, message, actor, gives })
  })
}

/**
 * Makes what was pushed to a name that no algorithm has the first version of a new one. Of several pushes at once each has a repository of
 * its own, and the first that comes here gets the name. Throws `algorithm.id_taken`, `quota.algorithms`, `algorithm.not_recognised` and
 * `algorithm.invalid`; then nothing of it is kept under this name.
 */
export function registerFirstPush(
  deps: AlgorithmsDeps,
  input: CommitInput & { incoming: Incoming },
): Promise<VersionRow> {
  const { algorithmId: id, commit, message, actor, incoming } = input
  return inTurnOf(deps, id, async () => {
    if (await deps.algorithms.get(id)) throw algorithmIdTaken({ algorithm_id: id })
    // A repository without an algorithm is left over from a crash.
    await deps.codeHost.deleteRepository(id)
    try {
      await requireRoomForAlgorithm(deps, { actor, id })
      await incoming.keepAs(id)
      const recognition = await recogniseCommit(deps, { id, ownerId: actor.id, folder: '' }, commit)
      const { manifest } = requireStorable(recognition)
      return await recordVersion(deps, null, {
        manifest,
        stated: recognition.stated,
        commit,
        message,
        actor,
        gives: modelsNamedBy(manifest),
      })
    } catch (error) {
      await deps.codeHost.deleteRepository(id)
      throw error
    }
  })
}

/** Longest message of a commit that is kept with a refusal, in characters. */
const longestMessage = 200

/** Shows with an algorithm that a pushed commit became no version, and why. Unless it `isRefused`, it is tried again. */
export const noteRefusal = (
  { algorithms }: Pick<AlgorithmsDeps, 'algorithms'>,
  {
    algorithmId,
    commit,
    message,
    actor,
    pushedAt,
    reason,
    isRefused,
  }: CommitInput & { pushedAt: Date; reason: Words; isRefused: boolean },
): Promise<void> =>
  algorithms.noteRefusedPush(algorithmId, {
    commit,
    reason,
    ...(!isRefused && { failedHere: true }),
    pushedBy: actor.name,
    pushedAt: pushedAt.toISOString(),
    message: visibleText(message.slice(0, longestMessage)),
  })
