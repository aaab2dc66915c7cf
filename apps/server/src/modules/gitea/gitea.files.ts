import type { CodeHost } from '../../adapters/code-host/code-host.ts'
import type { GiteaClient } from '../../adapters/gitea/gitea.client.ts'
import { repositoryMoved } from '../../adapters/gitea/gitea.errors.ts'
import type { HostedFilesOf, PointedFile } from '../models/hosted-files.ts'
import { pointerAtMost, pointerBeginning, pointerIn } from '../models/lfs-pointer.ts'
import { lfsOf, nameInGitea } from './gitea.repositories.ts'
import { requireGitea, type GiteaDeps } from './gitea.usecases.ts'

/**
 * Throws `gitea.repository_moved` if a repository has another name by now, and `gitea.repository_not_found` if it is gone. Git LFS of
 * Gitea answers with 404 to a former name, as it does where it is turned off.
 */
async function requireSameName(client: GiteaClient, repository: string): Promise<void> {
  const { full_name: to } = await client.renamed(repository)
  if (to.toLowerCase() !== repository.toLowerCase()) throw repositoryMoved({ repository, to })
}

/** The files of Git LFS of the algorithms whose code is in the Gitea server. Throws `gitea.not_configured`. */
export const filesInGitea =
  (deps: GiteaDeps): HostedFilesOf =>
  async (algorithmId) => {
    const place = await deps.places.get(algorithmId)
    const repository = place && nameInGitea(place)
    if (!repository) return null
    const { settings, client } = await requireGitea(deps)
    const lfs = lfsOf(deps, settings, repository)
    return {
      async locate(wanted) {
        const located = await lfs.locate(wanted)
        if (located === null) await requireSameName(client, repository)
        return located
      },
      turnedOff: () => lfs.turnedOff(),
    }
  }

/** The files for which pointers of Git LFS stand in the repository of an algorithm, in whatever commit. */
export async function pointedIn(
  codeHost: Pick<CodeHost, 'contentsBeginning'>,
  algorithmId: string,
): Promise<PointedFile[]> {
  const texts = await codeHost.contentsBeginning(algorithmId, {
    beginning: pointerBeginning,
    longest: pointerAtMost,
  })
  const found = texts.flatMap((text) => pointerIn(text) ?? [])
  // Anybody who pushes can write a pointer with a wrong size beside a right one.
  return [...new Map(found.map((file) => [`${file.sha256} ${file.size}`, file])).values()]
}
