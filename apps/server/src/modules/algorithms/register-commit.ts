import { join } from 'node:path'
import type { Actor } from '../../lib/actor.ts'
import { modelsNamedBy } from '../models/model-grants.ts'
import { viewFolder } from '../sources/package-view.ts'
import { inUploadFolder } from '../sources/receive-upload.ts'
import { requireAlgorithm, requireOwner, type AlgorithmsDeps } from './algorithms.deps.ts'
import { findVersion, type AlgorithmRow, type VersionRow } from './algorithms.repository.ts'
import { recordVersion, requireStorable } from './algorithms.store.ts'
import type { Recognition } from './recognition/recognise.ts'

/**
 * Recognises the package in a commit: its manifest and the notes about it. It is written to the disk once, because git would
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
      ...{ algorithmId, commit, folder, mostBytes },
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
  { codeHost, db }: Pick<AlgorithmsDeps, 'codeHost' | 'db'>,
  algorithmId: string,
  commit: string,
): Promise<VersionRow | null> {
  const newest = await findVersion(db, algorithmId)
  if (!newest) return null
  const isInside =
    (await codeHost.commits(algorithmId, { from: newest.commit, to: commit, most: 1 })).length === 0
  return isInside ? newest : null
}

type CommitInput = { algorithmId: string; commit: string; message: string; actor: Actor }

/** Makes a commit the next version. Throws as `storePackage` does; the commit then stays without a version. */
export const registerCommit = (deps: AlgorithmsDeps, input: CommitInput): Promise<VersionRow> =>
  registerUnless(deps, { ...input, isSent: false }, async () => null)

/** The same for a pushed commit: a version that was made on top of it meanwhile counts in its place. */
export const registerPush = (deps: AlgorithmsDeps, input: CommitInput): Promise<VersionRow> =>
  registerUnless(deps, { ...input, isSent: true }, () => versionOnTop(deps, input.algorithmId, input.commit))

function registerUnless(
  deps: AlgorithmsDeps,
  { algorithmId, commit, message, actor, isSent }: CommitInput & { isSent: boolean },
  findOther: () => Promise<VersionRow | null>,
): Promise<VersionRow> {
  return deps.queue.run(algorithmId, async () => {
    const { row } = await requireAlgorithm(deps, algorithmId)
    requireOwner(actor, row)
    const existing = await findVersion(deps.db, algorithmId, commit)
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
