import { GiteaLfs } from '../../adapters/gitea/gitea-lfs.ts'
import type { AlgorithmsDeps } from '../algorithms/algorithms.deps.ts'
import type { HostedFilesOf, PointedFile } from '../models/hosted-files.ts'
import { pointerAtMost, pointerBeginning, pointerIn } from '../models/lfs-pointer.ts'
import { nameInGitea } from './gitea.repositories.ts'
import { requireGitea, type GiteaDeps } from './gitea.usecases.ts'

/** The files of Git LFS of the algorithms whose code is in the Gitea server. Throws `gitea.not_configured`. */
export const filesInGitea =
  (deps: GiteaDeps): HostedFilesOf =>
  async (algorithmId) => {
    const place = await deps.places.get(algorithmId)
    const repository = place && nameInGitea(place)
    if (!repository) return null
    const { settings } = await requireGitea(deps)
    return new GiteaLfs({ ...settings, repository })
  }

/** The files for which pointers of Git LFS stand in the repository of an algorithm, in whatever commit. */
export async function pointedIn(
  { codeHost }: Pick<AlgorithmsDeps, 'codeHost'>,
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
