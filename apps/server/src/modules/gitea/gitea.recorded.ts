import { isMissing } from '../../adapters/gitea/gitea-answers.ts'
import type { ApiRepository, GiteaClient } from '../../adapters/gitea/gitea.client.ts'
import type { GitRemote } from '../../adapters/code-host/git-remote.ts'
import type { CodePlaceRow, CodePlaces } from '../algorithms/code-places.repository.ts'
import { repositoryReplaced } from './gitea.errors.ts'
import { nameInGitea, remoteOf, type GiteaRepositoryDeps } from './gitea.repositories.ts'
import type { GiteaInUse } from './gitea.settings.ts'
import { requireGitea, type GiteaDeps } from './gitea.usecases.ts'

/** Where the code of an algorithm is recorded to be in Gitea. */
export type RecordedPlace = Pick<CodePlaceRow, 'algorithmId' | 'provider' | 'url' | 'repositoryNumber'>

type Deps = { places: Pick<CodePlaces, 'learnNumber'> }

/**
 * Throws `gitea.repository_replaced` if the repository that has the recorded name is not the one in which the code was: names are used
 * again. A number that is not known yet is learnt.
 */
export async function requireSameNumber(
  { places }: Deps,
  place: RecordedPlace,
  { id: found, full_name: repository }: Pick<ApiRepository, 'id' | 'full_name'>,
): Promise<void> {
  const { repositoryNumber: known } = place
  if (known === null) await places.learnNumber(place, found)
  else if (known !== found) throw repositoryReplaced({ repository, known, found })
}

/**
 * Must be asked before the platform's token reaches the repository of an algorithm by its recorded name. Throws
 * `gitea.repository_replaced`, `gitea.repository_moved` and `gitea.repository_not_found`.
 */
export async function requireRecorded(
  deps: Deps,
  client: Pick<GiteaClient, 'repository'>,
  place: RecordedPlace,
): Promise<void> {
  const fullName = nameInGitea(place)
  if (fullName !== null) await requireSameNumber(deps, place, await client.repository(fullName))
}

/** The repository of an algorithm for git. Gitea is asked once whether it is the recorded one, immediately before git first reaches it. */
export function recordedRemote(
  deps: Deps & Pick<GiteaRepositoryDeps, 'remotes' | 'waits'>,
  { settings, client }: { settings: GiteaInUse; client: GiteaClient },
  place: RecordedPlace & { fullName: string },
): GitRemote {
  const remote = remoteOf(deps, settings, place.fullName)
  let asked: Promise<void> | null = null
  return {
    async during(git, work) {
      asked ??= requireRecorded(deps, client, place)
      await asked
      return remote.during(git, work)
    },
  }
}

/**
 * Learns the numbers of repositories that are not known: of code that was recorded before numbers were, or at a former address of the server.
 * A repository that was renamed meanwhile is found by its former name. One that is gone is asked for again at the next look. Throws what
 * Gitea throws.
 */
export async function learnNumbers(deps: GiteaDeps): Promise<void> {
  const { places } = deps
  const unknown = await places.unnumbered()
  if (unknown.length === 0) return
  const { client } = await requireGitea(deps)
  for (const place of unknown) {
    const found = await client.renamed(nameInGitea(place) ?? '').catch((error: unknown) => {
      if (isMissing(error)) return null
      throw error
    })
    if (found) await places.learnNumber(place, found.id)
  }
}
