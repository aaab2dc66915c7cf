import type { CodeHost } from '../../adapters/code-host/code-host.ts'
import type { HostedFilesOf, PointedFile } from '../models/hosted-files.ts'
import { pointerAtMost, pointerBeginning, pointerIn } from '../models/lfs-pointer.ts'
import { requireRecorded } from './gitea.recorded.ts'
import { lfsOf, nameInGitea } from './gitea.repositories.ts'
import { requireGitea, type GiteaDeps } from './gitea.usecases.ts'

/** The files of Git LFS of the algorithms whose code is in the Gitea server. Throws `gitea.not_configured`. */
export const filesInGitea =
  (deps: GiteaDeps): HostedFilesOf =>
  async (algorithmId) => {
    const place = await deps.places.get(algorithmId)
    const repository = place && nameInGitea(place)
    if (!place || !repository) return null
    const { settings, client } = await requireGitea(deps)
    const lfs = lfsOf(deps, settings, repository)
    return {
      async locate(wanted) {
        // Without this, a renamed repository would look as if Git LFS were turned off: Gitea answers 404 in both cases.
        await requireRecorded(deps, client, place)
        return lfs.locate(wanted)
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
