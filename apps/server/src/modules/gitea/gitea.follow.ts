import type { GiteaRepository } from '@vitrine/contract'
import type { ApiRepository, GiteaClient } from '../../adapters/gitea/gitea.client.ts'
import { repositoryMoved, repositoryNotFound } from '../../adapters/gitea/gitea.errors.ts'
import type { Actor } from '../../lib/actor.ts'
import { requireReach } from '../../lib/require-access.ts'
import { mayChange, requireAlgorithm, requireOwner } from '../algorithms/algorithms.deps.ts'
import { inTurnOf } from '../algorithms/turns.ts'
import type { CodePlaceRow, RepositoryAt } from '../algorithms/code-places.repository.ts'
import { placeIn } from './gitea.algorithms.ts'
import { repositoryNotMoved } from './gitea.errors.ts'
import { codeOfOthers, inTurnOfRepository, requireNoCodeOfOthers } from './gitea.others.ts'
import { requireSameNumber } from './gitea.recorded.ts'
import {
  isRecordedIn,
  mayReach,
  shownRepository,
  urlOf,
  type GiteaRepositoryDeps,
} from './gitea.repositories.ts'
import { requireGitea } from './gitea.usecases.ts'

/** Where the algorithm is, as it is recorded now, and what it is called there. */
async function recorded(deps: GiteaRepositoryDeps, { actor, id }: { actor: Actor; id: string }) {
  const algorithm = await requireAlgorithm(deps.algorithms, id)
  requireOwner(actor, algorithm.row)
  return placeIn(deps, algorithm)
}

/** Whether code is known to be in different repositories, whatever their addresses. Pure. */
const isApart = (one: RepositoryAt, other: RepositoryAt): boolean =>
  one.repositoryNumber !== null &&
  other.repositoryNumber !== null &&
  one.repositoryNumber !== other.repositoryNumber

/** Whether code is recorded under the same name as other code, and not known to be apart from it. Pure. */
const isBeside = (one: RepositoryAt, other: RepositoryAt): boolean =>
  isRecordedIn(one, { url: other.url, repositoryNumber: null }) && !isApart(one, other)

/**
 * Changes the place of an algorithm that is still at the former one, in its turn and that of the repository. `mayBeAt` is asked about its new
 * place just before. Says whether it was changed.
 */
const follow = (
  { algorithms, places }: GiteaRepositoryDeps,
  { id, from, to }: { id: string; from: CodePlaceRow; to: { url: string; repositoryNumber: number } },
  mayBeAt: (place: RepositoryAt & { folder: string }) => Promise<boolean>,
): Promise<boolean> =>
  inTurnOf(algorithms, id, () =>
    inTurnOfRepository(algorithms, to.repositoryNumber, async () => {
      const place = await places.get(id)
      if (!place || !isRecordedIn(place, from) || isApart(place, from)) return false
      const { branch, folder } = place
      if (!(await mayBeAt({ ...to, folder }))) return false
      await places.move(id, { provider: 'gitea', ...to, branch, folder })
      return true
    }),
  )

/**
 * Where the repository of an algorithm is now, according to Gitea. It is the recorded one, unless its name belongs to another one by now and
 * `to` is that name: so somebody says that they mean the other one. Throws `gitea.repository_not_moved`, `gitea.repository_moved` and
 * `gitea.repository_replaced`.
 */
async function whereNow(
  deps: GiteaRepositoryDeps,
  client: Pick<GiteaClient, 'renamed'>,
  { place, to }: { place: CodePlaceRow & { fullName: string }; to: string },
): Promise<ApiRepository> {
  const { fullName, repositoryNumber: known } = place
  const now = await client.renamed(fullName)
  if (now.full_name === fullName) {
    if (known === null || known === now.id) throw repositoryNotMoved({ repository: fullName })
    if (to !== fullName) await requireSameNumber(deps, place, now)
    return now
  }
  await requireSameNumber(deps, place, now)
  if (now.full_name !== to) throw repositoryMoved({ repository: fullName, to: now.full_name })
  return now
}

/**
 * Follows the repository of an algorithm to its new name or owner, and with it the other algorithms in it that the actor may change. Where
 * it is says Gitea, which remembers former names by the number of the repository: never the caller alone. If another repository has its name by
 * now, that name as `to` makes the algorithm use the other one. Another algorithm is left where it is if somebody else has its new place. Throws `gitea.repository_not_moved`, `gitea.repository_moved` if it is
 * elsewhere than `to`, `gitea.repository_replaced`, `gitea.repository_not_found` if the actor may not use it there, and
 * `gitea.repository_of_others` if somebody else has registered it there meanwhile.
 */
export async function followRename(
  deps: GiteaRepositoryDeps,
  { actor, id, to }: { actor: Actor; id: string; to: string },
): Promise<{ repository: GiteaRepository; algorithm_ids: string[] }> {
  requireReach(actor, [id])
  const { settings, client } = await requireGitea(deps)
  const place = await recorded(deps, { actor, id })
  const now = await whereNow(deps, client, { place, to })
  const { full_name: fullName } = now
  if (!mayReach(actor, settings, fullName)) throw repositoryNotFound({ repository: fullName })
  const at = { url: urlOf(settings, fullName), repositoryNumber: now.id }
  // Algorithms beside it in the same repository were there before, and stay.
  const counts = (one: RepositoryAt) => !isBeside(one, place)
  const requireOwn = async (there: RepositoryAt & { folder: string }) => {
    await requireNoCodeOfOthers(deps, actor, { ...there, fullName }, counts)
    return true
  }
  const isOwn = async (there: RepositoryAt & { folder: string }) =>
    !(await codeOfOthers(deps, actor, there, counts))
  const followed: string[] = []
  const beside = (await deps.places.at([place])).filter(({ algorithmId }) => algorithmId !== id)
  if (await follow(deps, { id, from: place, to: at }, requireOwn)) followed.push(id)
  for (const { algorithmId, ownerId } of beside) {
    if (!mayChange(actor, { id: algorithmId, ownerId })) continue
    if (await follow(deps, { id: algorithmId, from: place, to: at }, isOwn)) followed.push(algorithmId)
  }
  return {
    repository: shownRepository(settings, now, await deps.places.at([at])),
    algorithm_ids: followed,
  }
}
