import type { Actor } from '../../lib/actor.ts'
import { mayChange } from '../algorithms/algorithms.deps.ts'
import type { AlgorithmsDeps } from '../algorithms/algorithms.deps.ts'
import type { CodeAt, CodePlaces, RepositoryAt } from '../algorithms/code-places.repository.ts'
import { inTurnOf } from '../algorithms/turns.ts'
import { repositoryOfOthers } from './gitea.errors.ts'

/** Whether a folder is the other, or is in it. The empty one is the whole repository. Pure. */
const isIn = (outer: string, inner: string): boolean => outer === '' || `${inner}/`.startsWith(`${outer}/`)

/**
 * Does something with a repository of Gitea when those who came before are done with it: so whose code is there is asked and recorded together,
 * and of two people at once the second finds the algorithm of the first. May be taken in the turn of an algorithm, and takes none of an
 * algorithm: otherwise two could wait for each other.
 *
 * @param number the number of the repository in Gitea
 */
export const inTurnOfRepository = <T>(
  deps: Pick<AlgorithmsDeps, 'queue'>,
  number: number,
  use: () => Promise<T>,
): Promise<T> => inTurnOf(deps, `repository ${number} in Gitea`, use)

/** Code of an algorithm that the actor may not change, in a folder of a repository, on any branch; undefined if there is none. `counts`: which of the code there counts. */
export async function codeOfOthers(
  { places }: { places: Pick<CodePlaces, 'at'> },
  actor: Actor,
  { url, repositoryNumber, folder }: RepositoryAt & { folder: string },
  counts: (one: RepositoryAt) => boolean = () => true,
): Promise<CodeAt | undefined> {
  const others = (await places.at([{ url, repositoryNumber }])).filter(
    (one) => counts(one) && (isIn(one.folder, folder) || isIn(folder, one.folder)),
  )
  return others.find(({ algorithmId: id, ownerId }) => !mayChange(actor, { id, ownerId }))
}

/**
 * Must be asked before a place in a repository becomes that of an algorithm, and before code of an algorithm is sent there. The
 * platform's token may read and write all repositories, and several algorithms can have their code in one. Whoever changed the code
 * of another person's algorithm would run code as its services; and whoever had the same place would get its private weights, and
 * keep its owner from changing it. Throws `gitea.repository_of_others` unless the actor may change all algorithms whose code
 * that is, on any branch. `counts`: which of the code there counts.
 */
export async function requireNoCodeOfOthers(
  deps: { places: Pick<CodePlaces, 'at'> },
  actor: Actor,
  { fullName, ...there }: RepositoryAt & { folder: string; fullName: string },
  counts?: (one: RepositoryAt) => boolean,
): Promise<void> {
  const foreign = await codeOfOthers(deps, actor, there, counts)
  if (!foreign) return
  const { algorithmId: algorithm_id, ownerName: owner } = foreign
  throw repositoryOfOthers({ repository: fullName, algorithm_id, owner })
}
