import type { GiteaRepository } from '@vitrine/contract'
import { repositoryMoved } from '../../adapters/gitea/gitea.errors.ts'
import type { Actor } from '../../lib/actor.ts'
import { requireReach } from '../../lib/require-access.ts'
import { mayChange, requireAlgorithm, requireOwner } from '../algorithms/algorithms.deps.ts'
import { browseAlgorithm } from '../algorithms/algorithms.usecases.ts'
import { inTurnOf } from '../algorithms/turns.ts'
import { sourceIn } from './gitea.algorithms.ts'
import { repositoryNotMoved } from './gitea.errors.ts'
import { requireNoCodeOfOthers } from './gitea.others.ts'
import {
  nameInGitea,
  reachable,
  shownRepository,
  urlOf,
  type GiteaRepositoryDeps,
} from './gitea.repositories.ts'
import { requireGitea } from './gitea.usecases.ts'

/** Where the algorithm is, as it is recorded now, and what it is called there. */
async function recorded(deps: GiteaRepositoryDeps, { actor, id }: { actor: Actor; id: string }) {
  const { settings } = await requireGitea(deps)
  const algorithm = await requireAlgorithm(deps.algorithms, id)
  requireOwner(actor, algorithm.row)
  const { place } = sourceIn(deps, settings, algorithm)
  return { url: place.url, folder: place.folder, fullName: nameInGitea(place) ?? '' }
}

/** Changes the address of an algorithm that is still at the former one, in its turn. Says whether it was. */
const follow = (
  { algorithms, places }: GiteaRepositoryDeps,
  { id, from, url }: { id: string; from: string; url: string },
): Promise<boolean> =>
  inTurnOf(algorithms, id, async () => {
    const place = await places.get(id)
    if (place?.url !== from) return false
    await places.move(id, { provider: 'gitea', url, branch: place.branch, folder: place.folder })
    return true
  })

/**
 * Follows the repository of an algorithm to its new name or owner, and with it the other algorithms in it that the actor may change. Where
 * it is says Gitea, which remembers former names by the number of the repository: never the caller alone. Throws
 * `gitea.repository_not_moved`, `gitea.repository_moved` if it is elsewhere than `to`, `gitea.repository_not_found` if the actor may
 * not use it there, and `gitea.repository_of_others` if somebody else has registered it there meanwhile.
 */
export async function followRename(
  deps: GiteaRepositoryDeps,
  { actor, id, to }: { actor: Actor; id: string; to: string },
): Promise<{ repository: GiteaRepository; algorithm_ids: string[] }> {
  requireReach(actor, [id])
  const gitea = await requireGitea(deps)
  const { settings, client } = gitea
  const { url: from, folder, fullName } = await recorded(deps, { actor, id })
  const now = await client.renamed(fullName)
  if (now.full_name === fullName) throw repositoryNotMoved({ repository: fullName })
  if (now.full_name !== to) throw repositoryMoved({ repository: fullName, to: now.full_name })
  const repository = await reachable(gitea, actor, now.full_name)
  const url = urlOf(settings, repository.full_name)
  await requireNoCodeOfOthers(deps, actor, { url, folder, fullName: repository.full_name })
  const followed: string[] = []
  for (const { algorithmId } of await deps.places.at([from])) {
    const found = await browseAlgorithm(deps.algorithms, algorithmId)
    if (!found || !mayChange(actor, found.row)) continue
    if (await follow(deps, { id: algorithmId, from, url })) followed.push(algorithmId)
  }
  return {
    repository: shownRepository(settings, repository, await deps.places.at([url])),
    algorithm_ids: followed,
  }
}
