import type { ExistingRepository, GiteaRepository } from '@vitrine/contract'
import type { GiteaLfs, LfsSending } from '../../adapters/gitea/gitea-lfs.ts'
import type { PushInput } from '../../adapters/code-host/git-push.ts'
import type { GitRemote } from '../../adapters/code-host/git-remote.ts'
import type { ApiRepository, GiteaClient } from '../../adapters/gitea/gitea.client.ts'
import { isMissing } from '../../adapters/gitea/gitea-answers.ts'
import {
  creationUnanswered,
  repositoryDiffers,
  repositoryExists,
  repositoryLeft,
} from '../../adapters/gitea/gitea.errors.ts'
import type { Words } from '../../lib/words.ts'
import { requireReach } from '../../lib/require-access.ts'
import { platformActor, type Actor } from '../../lib/actor.ts'
import { AppError } from '../../lib/errors.ts'
import { requireAlgorithm, requireOwner } from '../algorithms/algorithms.deps.ts'
import type { ModelProvider } from '../models/provide-models.ts'
import type { UsersRepository } from '../users/users.repository.ts'
import { isShuttingDown } from '../tasks/task-kind.ts'
import { placeOf, sourceIn } from './gitea.algorithms.ts'
import { algorithmElsewhere } from './gitea.errors.ts'
import { pointedIn } from './gitea.files.ts'
import { lfsOf, remoteOf, shownRepository, urlOf, type GiteaRepositoryDeps } from './gitea.repositories.ts'
import type { GiteaInUse } from './gitea.settings.ts'
import { requireGitea } from './gitea.usecases.ts'

/** What a move to Gitea needs to know in addition to the algorithm. */
export type MoveToGitea = Pick<PushInput, 'onSent' | 'signal'> & {
  /** Told how many bytes of the files of Git LFS have left that the server lacks. */
  onFilesSent?: LfsSending['onSent']
  actor: Actor
  id: string
  description?: string | undefined
  /** What to do if there is a repository of that name. */
  existing?: ExistingRepository
  /** The address of the repository that an earlier control plane has created for this move: it goes on there, and in no other. */
  begun?: string | null
  /** Told the address of the repository that was created, before anything is pushed there. */
  onCreated?: (url: string) => Promise<void>
}

/**
 * Creates a repository. Throws `gitea.creation_unanswered` if no answer comes and it may be there: whose it is then, nobody knows.
 */
async function createRepository(
  client: GiteaClient,
  about: Parameters<GiteaClient['createRepository']>[0],
): Promise<ApiRepository> {
  try {
    return await client.createRepository(about)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'gitea.unreachable') throw error
    const repository = `${about.owner}/${about.name}`
    const isThere = await client.repository(repository).then(
      () => true,
      (failure: unknown) => !isMissing(failure),
    )
    throw isThere ? creationUnanswered({ repository }, error) : error
  }
}

const isTaken = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'gitea.repository_exists'

/** A repository for the code of an algorithm: created for it, created by a move that goes on, or somebody's that was there before. */
type FoundPlace = { place: ApiRepository; is: 'new' | 'begun' | 'adopted' }

/**
 * Creates the repository of an algorithm, or finds the one that a move which goes on has created, or that is to be adopted. Throws
 * `gitea.repository_exists` if another algorithm has its code at that address. Its repository may have got another name, or have been
 * deleted; a new one of its former name would be taken for it.
 */
async function repositoryFor(
  places: Pick<GiteaRepositoryDeps['places'], 'at'>,
  { client, settings }: { client: GiteaClient; settings: GiteaInUse },
  {
    id,
    description,
    begun,
    existing,
  }: { id: string; description: string; begun: string | null; existing: ExistingRepository },
): Promise<FoundPlace> {
  const { defaultOwner: owner, repoPrefix } = settings
  const name = `${repoPrefix}${id}`
  const repository = `${owner}/${name}`
  if ((await places.at([urlOf(settings, repository)])).length > 0) throw repositoryExists({ repository })
  const { login } = await client.user()
  const isOwn = login.toLowerCase() === owner.toLowerCase()
  try {
    return { place: await createRepository(client, { owner, name, isOwn, description }), is: 'new' }
  } catch (error) {
    if ((begun === null && existing !== 'adopt') || !isTaken(error)) throw error
    const place = await client.repository(repository)
    if (urlOf(settings, place.full_name) === begun) return { place, is: 'begun' }
    // Somebody else's, which was there before.
    if (existing !== 'adopt') throw error
    return { place, is: 'adopted' }
  }
}

/** Throws `gitea.repository_differs` unless all that a repository has stays in it when the code of an algorithm is pushed there. */
async function requireAdoptable(
  deps: GiteaRepositoryDeps,
  { id, fullName, remote }: { id: string; fullName: string; remote: GitRemote },
): Promise<void> {
  const relation = await deps.algorithms.codeHost.relation({ algorithmId: id, remote })
  if (relation.is === 'other') throw repositoryDiffers({ repository: fullName, ref: relation.ref })
}

/** What a move to Gitea needs. */
export type MoveToGiteaDeps = GiteaRepositoryDeps & { modelFiles: Pick<ModelProvider, 'held'> }

/** Sends the files of Git LFS there that the algorithm may use and for which pointers stand in its history. */
async function sendFiles(
  { algorithms, modelFiles }: MoveToGiteaDeps,
  { id, lfs, ...sending }: LfsSending & { id: string; lfs: GiteaLfs },
): Promise<void> {
  await lfs.send(await modelFiles.held(id, await pointedIn(algorithms, id)), sending)
}

/**
 * Moves the code of an algorithm to a new repository, with its history and its files of Git LFS. The repository is created empty and filled, or adopted if that is
 * asked for; the algorithm changes its place only when it is complete there. Throws `gitea.repository_exists` and
 * `gitea.repository_differs`, which change nothing there.
 */
export async function moveToGitea(
  deps: MoveToGiteaDeps,
  {
    actor,
    id,
    description,
    begun = null,
    existing = 'refuse',
    onCreated,
    onSent,
    onFilesSent,
    signal,
  }: MoveToGitea,
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
    const about = { id, description: description ?? row.description, begun, existing }
    const { place: found, is } = await repositoryFor(deps.places, gitea, about)
    const { full_name: fullName } = found
    const url = urlOf(settings, fullName)
    const remote = remoteOf(deps, settings, fullName)
    if (is === 'adopted') await requireAdoptable(deps, { id, fullName, remote })
    try {
      if (is === 'new') await onCreated?.(url)
      // First, as its own client does: so nobody sees commits there without their files.
      await sendFiles(deps, { id, lfs: lfsOf(deps, settings, fullName), signal, onSent: onFilesSent })
      await codeHost.push({ algorithmId: id, remote, isAll: true, signal, ...(onSent && { onSent }) })
    } catch (error) {
      // A repository that existed before may be somebody else's. A move that goes on after a restart does so in the new one.
      if (is !== 'new' || (signal && isShuttingDown(signal))) throw error
      // It was created a moment ago for this, and is not complete.
      await client.deleteRepository(fullName).catch(() => {
        throw repositoryLeft({ repository: fullName }, error)
      })
      throw error
    }
    const { branch = 'main', folder = '' } = repository ?? {}
    await deps.places.move(id, { provider: 'gitea', url, branch, folder })
    return shownRepository(settings, { ...found, empty: false }, [{ algorithmId: id, folder }])
  })
}

/** What a move to the platform needs, including the person whose quota applies to the fetched code. */
export type MoveToPlatformDeps = GiteaRepositoryDeps & {
  users: Pick<UsersRepository, 'account'>
  modelFiles: Pick<ModelProvider, 'bring'>
}

/**
 * Moves the code of an algorithm from Gitea to the platform: what is new there is fetched, and from then on the repository here is the
 * one that people push to. So do its files of Git LFS, which become model files. The repository in Gitea stays as it is. What is fetched
 * counts for the owner, whoever moves it. Throws `algorithm.not_owner`, `gitea.algorithm_elsewhere`, `quota.code`, `quota.storage` and what fetching throws.
 */
export async function moveToPlatform(
  deps: MoveToPlatformDeps,
  {
    actor,
    id,
    signal,
    report,
  }: { actor: Actor; id: string; signal: AbortSignal; report: (message: Words) => Promise<void> },
): Promise<void> {
  const { settings } = await requireGitea(deps)
  const { codeHost, codeQuota, queue, uploads } = deps.algorithms
  await queue.run(id, async () => {
    const algorithm = await requireAlgorithm(deps.algorithms, id)
    requireOwner(actor, algorithm.row)
    const { place, remote } = sourceIn(deps, settings, algorithm)
    const { branch, folder } = place
    const { ownerId } = algorithm.row
    await queue.run(`code of ${ownerId}`, async () => {
      // Nobody's limit holds for what belongs to the platform.
      const owner = (await deps.users.account(ownerId)) ?? platformActor
      const { bytes, giveBack } = await codeQuota.enter(owner, { id, ownerId }, uploads.limits.unpackedBytes)
      await codeHost.fetch({ algorithmId: id, remote, branch, mostBytes: bytes, signal }).finally(giveBack)
    })
    await deps.modelFiles.bring(id, { files: await pointedIn(deps.algorithms, id), signal, report })
    await deps.places.move(id, { provider: 'builtin', url: codeHost.cloneUrl(id, ''), branch, folder })
  })
}
