import type { GiteaRepository } from '@vitrine/contract'
import type { PushInput } from '../../adapters/code-host/git-push.ts'
import type { ApiRepository, GiteaClient } from '../../adapters/gitea/gitea.client.ts'
import { repositoryLeft } from '../../adapters/gitea/gitea.errors.ts'
import { requireReach } from '../../http/guard.ts'
import { platformActor, type Actor } from '../../lib/actor.ts'
import { AppError } from '../../lib/errors.ts'
import { requireAlgorithm, requireOwner } from '../algorithms/algorithms.deps.ts'
import type { UsersRepository } from '../users/users.repository.ts'
import { placeOf, sourceIn } from './gitea.algorithms.ts'
import { algorithmElsewhere } from './gitea.errors.ts'
import { remoteOf, shownRepository, urlOf, type GiteaRepositoryDeps } from './gitea.repositories.ts'
import type { GiteaInUse } from './gitea.settings.ts'
import { requireGitea } from './gitea.usecases.ts'

/** What a move to Gitea needs to know besides the algorithm. */
export type MoveToGitea = Pick<PushInput, 'onSent'> & {
  actor: Actor
  id: string
  description?: string | undefined
  /** The address of the repository that an earlier control plane has created for this move: it goes on there, and in no other. */
  begun?: string | null
  /** Told the address of the repository that was created, before anything is pushed there. */
  onCreated?: (url: string) => Promise<void>
}

const isTaken = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'gitea.repository_exists'

/** Creates the repository of an algorithm (`isNew`), or finds the one that a move which goes on has created. */
async function repositoryFor(
  { client, settings }: { client: GiteaClient; settings: GiteaInUse },
  { id, description, begun }: { id: string; description: string; begun: string | null },
): Promise<{ created: ApiRepository; isNew: boolean }> {
  const { defaultOwner: owner, repoPrefix } = settings
  const name = `${repoPrefix}${id}`
  const { login } = await client.user()
  const isOwn = login.toLowerCase() === owner.toLowerCase()
  try {
    return { created: await client.createRepository({ owner, name, isOwn, description }), isNew: true }
  } catch (error) {
    if (begun === null || !isTaken(error)) throw error
    const created = await client.repository(`${owner}/${name}`)
    // Somebody else's, which was there before.
    if (urlOf(settings, created.full_name) !== begun) throw error
    return { created, isNew: false }
  }
}

/**
 * Moves the code of an algorithm to a new repository, with its history. The repository is created empty and filled; the algorithm
 * changes its place only when it is complete there. Throws `gitea.repository_exists`, which changes nothing there.
 */
export async function moveToGitea(
  deps: GiteaRepositoryDeps,
  { actor, id, description, begun = null, onCreated, onSent }: MoveToGitea,
): Promise<GiteaRepository> {
  requireReach(actor, [id])
  const gitea = await requireGitea(deps)
  const { settings, client } = gitea
  const { codeHost, queue } = deps.algorithms
  return queue.run(id, async () => {
    const { row, repository } = await requireAlgorithm(deps.algorithms, id)
    requireOwner(actor, row)
    if (repository?.provider === 'gitea')
      throw algorithmElsewhere({ algorithm_id: id, ...placeOf(repository) })
    const about = { id, description: description ?? row.description, begun }
    const { created, isNew } = await repositoryFor(gitea, about)
    const { full_name: fullName } = created
    try {
      if (isNew) await onCreated?.(urlOf(settings, fullName))
      const remote = remoteOf(deps, settings, fullName)
      await codeHost.push({ algorithmId: id, remote, isAll: true, ...(onSent && { onSent }) })
    } catch (error) {
      // What was there before may be somebody else's.
      if (!isNew) throw error
      // It was created a moment ago for this, and is not complete.
      await client.deleteRepository(fullName).catch(() => {
        throw repositoryLeft({ repository: fullName }, error)
      })
      throw error
    }
    const { branch = 'main', folder = '' } = repository ?? {}
    await deps.places.move(id, { provider: 'gitea', url: urlOf(settings, fullName), branch, folder })
    return shownRepository(settings, { ...created, empty: false }, [{ algorithmId: id, folder }])
  })
}

/** What a move to the platform needs: also whose limit holds for what is fetched. */
export type MoveToPlatformDeps = GiteaRepositoryDeps & { users: Pick<UsersRepository, 'account'> }

/**
 * Moves the code of an algorithm from Gitea to the platform: what is new there is fetched, and from then on the repository here is the
 * one that people push to. The repository in Gitea stays as it is. What is fetched counts for the owner, whoever moves it. Throws
 * `gitea.algorithm_elsewhere`, `quota.code` and what fetching throws.
 */
export async function moveToPlatform(deps: MoveToPlatformDeps, { id }: { id: string }): Promise<void> {
  const { settings } = await requireGitea(deps)
  const { codeHost, codeQuota, queue, uploads } = deps.algorithms
  await queue.run(id, async () => {
    const algorithm = await requireAlgorithm(deps.algorithms, id)
    const { place, remote } = sourceIn(deps, settings, algorithm)
    const { branch, folder } = place
    const { ownerId } = algorithm.row
    await queue.run(`code of ${ownerId}`, async () => {
      // Nobody's limit holds for what belongs to the platform.
      const owner = (await deps.users.account(ownerId)) ?? platformActor
      const { bytes, giveBack } = await codeQuota.enter(owner, { id, ownerId }, uploads.limits.unpackedBytes)
      await codeHost.fetch({ algorithmId: id, remote, branch, mostBytes: bytes }).finally(giveBack)
    })
    await deps.places.move(id, { provider: 'builtin', url: codeHost.cloneUrl(id, ''), branch, folder })
  })
}
