import type { Words } from '../../lib/words.ts'
import { servedCommit } from './code-of-service.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import type { StoredPipeline } from './pipelines.repository.ts'
import type { StoredReason } from './pipelines.tables.ts'
import { folderUnchanged } from './stored-reason.ts'

/** Why a push to a repository of several algorithms is not deployed for one of them. Pure. */
export const unchangedReason = (folder: string): StoredReason & { message: Words } => ({
  code: folderUnchanged,
  message: {
    zh: `目录 ${folder} 和正在服务的版本相同，没有部署`,
    en: `The folder ${folder} is the same as in the release that serves, so it was not deployed`,
  },
})

/**
 * The folder of an algorithm, if a push has changed nothing in it: it is compared with what serves, not with the push before, whose
 * deploy may have failed. Null if it is to be deployed: also if it is all of the repository, nothing serves yet, or a person asked for it.
 */
export async function unchangedFolder(
  deps: Pick<PipelinesDeps, 'places' | 'codeHost' | 'services' | 'releases'>,
  { algorithmId, serviceId, commit, trigger }: StoredPipeline,
): Promise<string | null> {
  const folder = (await deps.places.get(algorithmId))?.folder ?? ''
  if (folder === '' || trigger === 'manual') return null
  const { codeHost } = deps
  const served = await servedCommit(deps, serviceId)
  const from = served === null ? null : await codeHost.resolve(algorithmId, served)
  if (from === null) return null
  const { files } = await codeHost.compare(algorithmId, { from, to: commit })
  return files.length === 0 ? folder : null
}
