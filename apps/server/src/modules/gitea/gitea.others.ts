import type { Actor } from '../../lib/actor.ts'
import { mayChange } from '../algorithms/algorithms.deps.ts'
import type { CodePlaces, RepositoryAt } from '../algorithms/code-places.repository.ts'
import { repositoryOfOthers } from './gitea.errors.ts'

/** Whether a folder is the other, or is in it. The empty one is the whole repository. Pure. */
const isIn = (outer: string, inner: string): boolean => outer === '' || `${inner}/`.startsWith(`${outer}/`)

/**
 * Must be asked before a place in a repository becomes that of an algorithm, and before code of an algorithm is sent there. The
 * platform's token may read and write all repositories, and several algorithms can have their code in one. Whoever changed the code
 * of another person's algorithm would run code as its services; and whoever had the same place would get its private weights, and
 * keep its owner from changing it. Throws `gitea.repository_of_others` unless the actor may change all algorithms whose code
 * that is, on any branch. `counts`: which of the code there counts.
 */
export async function requireNoCodeOfOthers(
  { places }: { places: Pick<CodePlaces, 'at'> },
  actor: Actor,
  { url, repositoryNumber, folder, fullName }: RepositoryAt & { folder: string; fullName: string },
  counts: (one: RepositoryAt) => boolean = () => true,
): Promise<void> {
  const others = (await places.at([{ url, repositoryNumber }])).filter(
    (one) => counts(one) && (isIn(one.folder, folder) || isIn(folder, one.folder)),
  )
  const foreign = others.find(({ algorithmId: id, ownerId }) => !mayChange(actor, { id, ownerId }))
  if (!foreign) return
  const { algorithmId: algorithm_id, ownerName: owner } = foreign
  throw repositoryOfOthers({ repository: fullName, algorithm_id, owner })
}
