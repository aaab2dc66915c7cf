import { newSlug } from '@vitrine/contract'
import { admit } from '../../lib/require-access.ts'
import type { Actor } from '../../lib/actor.ts'
import { mayUse } from '../../lib/policy.ts'
import {
  mayChange,
  requireAlgorithm,
  requireOwner,
  type AlgorithmsDeps,
} from '../algorithms/algorithms.deps.ts'
import {
  algorithmModelsNotOwned,
  algorithmNotFound,
  codeElsewhere,
  codeOfOthersToo,
  folderAlone,
} from '../algorithms/algorithms.errors.ts'
import type { AlgorithmsRepository, AlgorithmWithLatest } from '../algorithms/algorithms.repository.ts'
import type { CodePlaceRow } from '../algorithms/code-places.repository.ts'
import { requireRoomForAlgorithm } from '../algorithms/store-package.ts'
import { browseAlgorithm } from '../algorithms/algorithms.usecases.ts'
import type { ModelOwner } from '../models/models.usecases.ts'

const toRead = { access: 'algorithms.read', about: 'algorithm' } as const
const toWrite = { access: 'algorithms.write', about: 'algorithm' } as const

/**
 * An algorithm that exists, or null for a name that somebody may make one of. Nothing is made yet. Throws `algorithm.not_found` for a name
 * that no algorithm can have, `id.for_previews` and `quota.algorithms`.
 */
async function knownOrFree(
  deps: AlgorithmsDeps,
  actor: Actor,
  algorithmId: string,
): Promise<AlgorithmWithLatest | null> {
  const known = await browseAlgorithm(deps, algorithmId)
  if (known) return known
  if (!newSlug.safeParse(algorithmId).success) throw algorithmNotFound({ algorithm_id: algorithmId })
  await requireRoomForAlgorithm(deps, { actor, id: algorithmId })
  return null
}

/** A clone has all of the repository, with the folders of other algorithms. */
function requireAllOfIt(actor: Actor, { row, repository }: AlgorithmWithLatest): void {
  if (actor.serviceIds !== null && repository !== null && repository.folder !== '')
    throw codeOfOthersToo({ algorithm_id: row.id, folder: repository.folder })
}

/** What asking who may clone needs. `mayUseAll`: whether somebody may use all of the repository of which the code is a folder. */
export type FetchDeps = {
  algorithms: { algorithms: Pick<AlgorithmsRepository, 'get'> }
  mayUseAll: (actor: Actor, place: CodePlaceRow) => Promise<boolean>
}

/**
 * Throws 403 or 404 for an algorithm whose repository the actor may not read: that needs `algorithms.read`, and where the code is a folder of a
 * repository, also that the actor may change the algorithm or use the other folders.
 */
export async function requireFetch(
  { algorithms, mayUseAll }: FetchDeps,
  caller: Actor,
  algorithmId: string,
): Promise<void> {
  const actor = admit(caller, toRead, algorithmId)
  const known = await requireAlgorithm(algorithms, algorithmId)
  requireAllOfIt(actor, known)
  const { row, repository } = known
  if (repository === null || repository.folder === '' || mayChange(actor, row)) return
  if (!(await mayUseAll(actor, repository)))
    throw folderAlone({ algorithm_id: row.id, folder: repository.folder })
}

/**
 * The person whose quota a push uses. `isNew`: no algorithm has this name, and the push creates one that belongs to the person
 * who pushes.
 */
type PushedTo = { id: string; ownerId: string; isNew: boolean }

/**
 * Throws 403 or 404 for an algorithm that the actor may not push to: that needs `algorithms.write` and ownership, or a name that no
 * algorithm has, and room for one more.
 */
export async function requirePush(
  deps: AlgorithmsDeps,
  caller: Actor,
  algorithmId: string,
): Promise<PushedTo> {
  const actor = admit(caller, toWrite, algorithmId)
  const known = await knownOrFree(deps, actor, algorithmId)
  if (!known) return { id: algorithmId, ownerId: actor.id, isNew: true }
  requireAllOfIt(actor, known)
  const { row, repository } = known
  requireOwner(actor, row)
  if (repository?.provider === 'gitea')
    throw codeElsewhere({ algorithm_id: algorithmId, url: repository.url })
  return { id: algorithmId, ownerId: row.ownerId, isNew: false }
}

/**
 * The owner of model files that somebody pushes with Git LFS. Its client sends them before git sends the commits, which create the
 * algorithm: so those for a name that no algorithm has (`isNew`) belong to who pushes. Throws 403 or 404 as {@link requirePush} does.
 */
export async function requireModelPush(
  deps: AlgorithmsDeps,
  caller: Actor,
  algorithmId: string,
): Promise<ModelOwner & { isNew: boolean }> {
  const actor = admit(caller, toWrite, algorithmId)
  const known = await knownOrFree(deps, actor, algorithmId)
  if (!known) return { id: actor.id, name: actor.name, isNew: true }
  requireOwner(actor, known.row)
  return { id: known.row.ownerId, name: known.row.ownerName, isNew: false }
}

/**
 * The owner of model files that somebody reads with Git LFS. Everybody who may read algorithms reads their code, but model files are for
 * their owner and administrators alone, and not for keys that are limited to some services. Throws 403 or 404.
 */
export async function requireModelFetch(
  deps: Pick<AlgorithmsDeps, 'algorithms'>,
  caller: Actor,
  algorithmId: string,
): Promise<ModelOwner & { isNew: boolean }> {
  const actor = admit(caller, toRead, algorithmId)
  const { row } = await requireAlgorithm(deps, algorithmId)
  if (!mayUse(actor, { ownerId: row.ownerId, services: [row.id] }) || actor.serviceIds !== null)
    throw algorithmModelsNotOwned({ algorithm_id: row.id, owner: row.ownerName })
  return { id: row.ownerId, name: row.ownerName, isNew: false }
}
