import { branchMoved } from '../../adapters/code-host/code-host.errors.ts'
import type { CodeHost } from '../../adapters/code-host/code-host.ts'
import { recordedRemote } from './gitea.recorded.ts'
import { nameInGitea, type GiteaRepositoryDeps } from './gitea.repositories.ts'
import { requireGitea } from './gitea.usecases.ts'

/** Room for what others may have pushed since the last fetch, in bytes: an upload fetches it before its own commit. */
const mostAhead = 1024 ** 3

/**
 * A code host whose commits reach Gitea for the algorithms whose code is kept there: the branch is fetched, the commit made on top of
 * it, and pushed. A commit that Gitea does not accept is thrown away with the next fetch. Throws what fetching and pushing throw.
 */
export const publishingCodeHost = (
  host: CodeHost,
  deps: Pick<
    GiteaRepositoryDeps,
    'places' | 'configs' | 'env' | 'sealer' | 'clock' | 'seen' | 'remotes' | 'waits'
  >,
): CodeHost => ({
  ...host,
  async commitFolder(input) {
    const { algorithmId } = input
    const place = await deps.places.get(algorithmId)
    const fullName = place && nameInGitea(place)
    if (!place || !fullName) return host.commitFolder(input)
    const remote = recordedRemote(deps, await requireGitea(deps), { ...place, fullName })
    await host.fetch({ algorithmId, remote, branch: place.branch, mostBytes: mostAhead })
    const result = await host.commitFolder(input)
    if (result.changed) await host.push({ algorithmId, remote, isAll: false })
    return result
  },
  async advance(input) {
    const { algorithmId, from, to } = input
    const place = await deps.places.get(algorithmId)
    const fullName = place && nameInGitea(place)
    if (!place || !fullName) return host.advance(input)
    const remote = recordedRemote(deps, await requireGitea(deps), { ...place, fullName })
    await host.fetch({ algorithmId, remote, branch: place.branch, mostBytes: mostAhead })
    const head = (await host.resolve(algorithmId, 'HEAD')) ?? ''
    if (head !== from) throw branchMoved({ algorithm_id: algorithmId, base: from, head })
    // There first: what Gitea does not accept is not here either.
    await host.push({ algorithmId, remote, isAll: false, commit: to })
    await host.advance(input)
  },
})
