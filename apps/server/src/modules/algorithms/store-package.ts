import { visibleText } from '@vitrine/contract'
import { requireReach } from '../../lib/require-access.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Language } from '../../lib/errors.ts'
import { requireChosenId } from '../../lib/chosen-id.errors.ts'
import { requireRoomForOneMore } from '../quotas/owned.ts'
import { modelsNamedBy } from '../models/model-grants.ts'
import { shownFindings, type Finding, type ShownFinding } from '../sources/finding.ts'
import { inUploadFolder, type ReceivedUpload } from '../sources/receive-upload.ts'
import { receiveFolder } from '../sources/receive-folder.ts'
import {
  requireAlgorithm,
  requireOwner,
  type AlgorithmsDeps,
  type PreparedUpload,
} from './algorithms.deps.ts'
import { algorithmInvalid } from './algorithms.errors.ts'
import type { VersionRow } from './algorithm-versions.repository.ts'
import type { AlgorithmRow, AlgorithmWithLatest } from './algorithms.repository.ts'
import type { CodePlaceRow } from './code-places.repository.ts'
import { describedBy, type Described } from './describe-algorithm.ts'
import { largeFileFindings, modelFindings } from './model-findings.ts'
import { nextVersionFindings } from './next-version.ts'
import type { Naming } from './recognition/naming.ts'
import type { Recognition } from './recognition/recognise.ts'
import { problemOf, recogniseUpload, type Recognised } from './recognise-upload.ts'
import { inTurnOf, withCodeRoom } from './turns.ts'

/** The result of storing a package. */
export type Stored = {
  algorithm: AlgorithmWithLatest
  version: VersionRow
  namedFrom: Naming['from']
  warnings: ShownFinding[]
}

/** Where the code of a new algorithm is kept. */
export type CodePlace = Pick<CodePlaceRow, 'provider' | 'url' | 'branch' | 'folder' | 'repositoryNumber'>

type Version = Described & {
  commit: string
  message: string
  actor: Actor
  /** The model files that the algorithm gets by this, if they are the actor's: those that the code names which the actor has sent. */
  gives: readonly string[]
  /** For a first version that does not come from the platform's own repositories. */
  place?: CodePlace
}

/** What was uploaded. */
type Sent = Omit<Version, 'commit' | 'gives'>

/**
 * Makes a commit the next version, or answers the version that it already is. Creates the algorithm with its
 * first version. While a service runs the algorithm, the new version describes it only once it serves.
 */
export async function recordVersion(
  deps: AlgorithmsDeps,
  known: AlgorithmRow | null,
  next: Version,
): Promise<VersionRow> {
  const { manifest, commit, actor, stated } = next
  const { id } = manifest
  const now = deps.clock()
  const described = known && (await deps.isInUse(id)) !== null ? known : describedBy(known, next)
  // Before the listeners are notified of the version and deploy it.
  await deps.modelGrants.give(actor, { algorithmId: id, ownerId: known?.ownerId ?? actor.id }, next.gives)
  const stored = await deps.algorithms.inTransaction(async (algorithms) => {
    const existing = await algorithms.version(id, commit)
    await algorithms.save({
      ...described,
      id,
      ownerId: known?.ownerId ?? actor.id,
      ownerName: known?.ownerName ?? actor.name,
      createdAt: known?.createdAt ?? now,
      updatedAt: existing && known ? known.updatedAt : now,
    })
    await algorithms.saveRepository({
      algorithmId: id,
      ...(next.place ?? {
        provider: 'builtin',
        url: deps.codeHost.cloneUrl(id, ''),
        branch: 'main',
        folder: '',
        repositoryNumber: null,
      }),
      lastCommit: commit,
      lastSyncAt: now,
    })
    const row = {
      algorithmId: id,
      commit,
      message: visibleText(next.message),
      manifest,
      stated,
      createdBy: actor.name,
      createdAt: now,
    }
    const version = existing
      ? await algorithms.stateWords(existing, stated)
      : await algorithms.addVersion(row)
    return { version, isNew: existing === null }
  })
  if (stored.isNew) deps.versions.publish({ algorithmId: id, commit, author: actor.name })
  return stored.version
}

/** The address in commits of a person: it says who it was and reaches nobody. */
export const emailOf = (actor: Actor) => `${actor.id}@vitrine.local`

async function commitAndRecord(
  deps: AlgorithmsDeps,
  known: AlgorithmRow | null,
  folder: string,
  next: Sent,
): Promise<VersionRow> {
  const { actor, message } = next
  const { id } = next.manifest
  const author = { name: actor.name, email: emailOf(actor) }
  const { commit } = await deps.codeHost.commitFolder({
    algorithmId: id,
    folder,
    message,
    author,
  })
  return recordVersion(deps, known, { ...next, commit, gives: modelsNamedBy(next.manifest) })
}

/**
 * Stores the first version of an algorithm. If its rows fail, its repository is deleted again. A repository without an
 * algorithm is left over from a crash, and is never used again.
 */
async function storeFirst(deps: AlgorithmsDeps, folder: string, next: Sent): Promise<VersionRow> {
  const { id } = next.manifest
  await deps.codeHost.deleteRepository(id)
  try {
    return await commitAndRecord(deps, null, folder, next)
  } catch (error) {
    await deps.codeHost.deleteRepository(id)
    throw error
  }
}

/** Throws `id.for_previews`, and `quota.algorithms` if somebody has as many algorithms as they may. */
export async function requireRoomForAlgorithm(
  deps: AlgorithmsDeps,
  { actor, id }: { actor: Actor; id: string },
): Promise<void> {
  requireChosenId(id, 'algorithm_id')
  await requireRoomForOneMore(deps.quotas, actor, 'algorithms', (owner) => deps.algorithms.countOf(owner))
}

/** What was stored, and what is said of it. */
type StoredInTurn = {
  version: VersionRow
  recognition: Recognition
  prepared: PreparedUpload
  warnings: Finding[]
}

/** Stores the next version of an algorithm. Files that another server keeps beside the code are sent there first; what is left is recognised anew. */
async function storeNext(
  deps: AlgorithmsDeps,
  known: AlgorithmRow,
  input: { upload: ReceivedUpload; actor: Actor },
  { recognition, next }: Recognised,
): Promise<Omit<StoredInTurn, 'warnings'>> {
  const { folder } = input.upload
  const { id: algorithmId, ownerId } = known
  const { actor } = input
  const prepared = await deps.prepareUpload({ algorithmId, ownerId, actor, folder, base: null })
  if (prepared.written.length === 0)
    return { version: await commitAndRecord(deps, known, folder, next), recognition, prepared }
  const again = await recogniseUpload(deps, { ...input, upload: { ...input.upload, algorithmId } })
  const version = await commitAndRecord(deps, known, folder, again.next)
  return { version, recognition: again.recognition, prepared }
}

/**
 * Stores the code first and the rows after it. If the rows of a commit are missing, the next upload finds the
 * commit and makes it a version. An upload is taken as long as its owner has any room, because what it adds is known only
 * when git has stored it: equal files are stored once.
 */
async function storeInTurn(
  deps: AlgorithmsDeps,
  input: { upload: ReceivedUpload; actor: Actor },
  recognised: Recognised,
): Promise<StoredInTurn> {
  const { next, namedFrom, recognition } = recognised
  const { id } = next.manifest
  requireReach(next.actor, [id])
  const found = await deps.algorithms.get(id)
  const known = found?.row ?? null
  const { actor } = next
  if (known) requireOwner(actor, known)
  // In the turn of the id: of two first uploads at once, the second finds the algorithm of the first.
  const { problems, warnings } = found
    ? nextVersionFindings(found, namedFrom)
    : { problems: [], warnings: [] }
  // To upload to this algorithm, state its id.
  if (problems.length > 0) throw algorithmInvalid({ problems: problems.map(problemOf) })
  const ownerId = known?.ownerId ?? actor.id
  return withCodeRoom(deps, { actor, id, ownerId, most: 0 }, async () => {
    if (known) return { ...(await storeNext(deps, known, input, recognised)), warnings }
    await requireRoomForAlgorithm(deps, { actor, id })
    const version = await storeFirst(deps, input.upload.folder, next)
    return { version, recognition, prepared: { written: [], findings: [] }, warnings }
  })
}

/** Stores a received package as an algorithm's next version. Throws what {@link recogniseUpload} does, `algorithm.not_owner`, `quota.algorithms` and `quota.code`. */
export async function storePackage(
  deps: AlgorithmsDeps,
  input: { upload: ReceivedUpload; actor: Actor; language: Language },
): Promise<Stored> {
  const { upload, actor, language } = input
  const recognised = await recogniseUpload(deps, input)
  const { namedFrom } = recognised
  const { id } = recognised.next.manifest
  const stored = await inTurnOf(deps, id, () => storeInTurn(deps, input, recognised))
  const { version, recognition, prepared } = stored
  const algorithm = await requireAlgorithm(deps, id)
  const { ownerId } = algorithm.row
  const about = [
    ...(await modelFindings(deps, { actor, algorithmId: id, ownerId, hosted: prepared.hosted }, recognition)),
    ...largeFileFindings(recognition.files),
    ...prepared.findings,
  ]
  const warnings = shownFindings(
    [...about, ...stored.warnings, ...upload.findings, ...recognition.warnings],
    language,
  )
  return { algorithm, version, namedFrom, warnings }
}

/**
 * Registers a folder of this machine as if it had been uploaded. This is used for the examples at the first
 * start. Answers the existing version if nothing changed.
 */
export function registerFolder(
  deps: AlgorithmsDeps,
  input: { folder: string; actor: Actor; algorithmId?: string; name?: string; language?: Language },
): Promise<Stored> {
  const { actor, algorithmId, name, language = 'zh' } = input
  return inUploadFolder(deps.uploads.uploadsFolder, async (target) => {
    const received = await receiveFolder(input.folder, target, deps.uploads)
    return storePackage(deps, { upload: { ...received, algorithmId, name }, actor, language })
  })
}
