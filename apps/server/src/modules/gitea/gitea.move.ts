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
import { inTurnOf, withCodeRoom } from '../algorithms/turns.ts'
import { algorithmNotFound } from '../algorithms/algorithms.errors.ts'
import type { AlgorithmWithLatest } from '../algorithms/algorithms.repository.ts'
import type { RepositoryAt } from '../algorithms/code-places.repository.ts'
import type { ModelProvider } from '../models/provide-models.ts'
import type { UsersRepository } from '../users/users.repository.ts'
import { isShuttingDown } from '../tasks/task-kind.ts'
import { placeOf, sourceIn } from './gitea.algorithms.ts'
import { algorithmElsewhere } from './gitea.errors.ts'
import { pointedIn } from './gitea.files.ts'
import { inTurnOfRepository } from './gitea.others.ts'
import {
  lfsOf,
  remoteOf,
  repositoryAt,
  shownRepository,
  urlOf,
  type GiteaRepositoryDeps,
} from './gitea.repositories.ts'
import type { GiteaInUse } from './gitea.settings.ts'
import { requireGitea } from './gitea.usecases.ts'

/** What a move to Gitea needs to know in addition to the algorithm. */
export type MoveToGitea = Pick<PushInput, 'onSent' | 'signal'> & {
  /** Told how many bytes of the files of Git LFS have left that the server lacks. */
  onFilesSent?: LfsSending['onSent']
  actor: Actor
  id: string
  /** Whose it was when the move was asked for; absent if it is asked for now. */
  ownedBy?: string
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
 * Throws `gitea.repository_exists` if an algorithm has its code in a repository. Its repository may have got another name, or have been
 * deleted; a new one of its former name would be taken for it.
 */
async function needFree(
  places: Pick<GiteaRepositoryDeps['places'], 'at'>,
  repository: string,
  at: RepositoryAt,
): Promise<void> {
  if ((await places.at([at])).length > 0) throw repositoryExists({ repository })
}

/**
 * Creates the repository of an algorithm, or finds the one that a move which goes on has created, or that is to be adopted. Throws
 * `gitea.repository_exists` if another algorithm has its code at that address.
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
  await needFree(places, repository, { url: urlOf(settings, repository), repositoryNumber: null })
  const { login } = await client.user()
  const isOwn = login.toLowerCase() === owner.toLowerCase()
  try {
    return { place: await createRepository(client, { owner, name, isOwn, description }), is: 'new' }
  } catch (error) {
    if ((begun === null && existing !== 'adopt') || !isTaken(error)) throw error
    const place = await client.repository(repository)
    // Others may still be recorded in it under a former name.
    await needFree(places, repository, repositoryAt(settings, place))
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
  const relation = await deps.codeHost.relation({ algorithmId: id, remote })
  if (relation.is === 'other') throw repositoryDiffers({ repository: fullName, ref: relation.ref })
}

/**
 * The algorithm that is moved. Throws `algorithm.not_found`, also if it belongs to somebody else than `ownedBy`: the one that was meant is
 * gone, and its ID was used again.
 */
async function requireMoved(
  { algorithms }: Pick<GiteaRepositoryDeps, 'algorithms'>,
  { id, ownedBy }: { id: string; ownedBy: string | undefined },
): Promise<AlgorithmWithLatest> {
  const found = await requireAlgorithm(algorithms, id)
  if (ownedBy !== undefined && found.row.ownerId !== ownedBy) throw algorithmNotFound({ algorithm_id: id })
  return found
}

/** What a move to Gitea needs. */
export type MoveToGiteaDeps = GiteaRepositoryDeps & { modelFiles: Pick<ModelProvider, 'held'> }

/** Sends the files of Git LFS there that the algorithm may use and for which pointers stand in its history. */
async function sendFiles(
  { codeHost, modelFiles }: MoveToGiteaDeps,
  { id, lfs, ...sending }: LfsSending & { id: string; lfs: GiteaLfs },
): Promise<void> {
  await lfs.send(await modelFiles.held(id, await pointedIn(codeHost, id)), sending)
}

/**
 * Does something that fills a repository. If that fails, a new one is removed: it was created a moment ago for this, and is not complete. One
 * that existed before may be somebody else's; and a move that goes on after a restart does so in the new one.
 */
async function filling(
  { client }: { client: GiteaClient },
  { place: { full_name: repository }, is }: FoundPlace,
  signal: AbortSignal | undefined,
  fill: () => Promise<unknown>,
): Promise<void> {
  try {
    await fill()
  } catch (error) {
    if (is !== 'new' || (signal && isShuttingDown(signal))) throw error
    await client.deleteRepository(repository).catch(() => {
      throw repositoryLeft({ repository }, error)
    })
    throw error
  }
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
    ownedBy,
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
  const { settings } = gitea
  return inTurnOf(deps.algorithms, id, async () => {
    const { row, repository } = await requireMoved(deps, { id, ownedBy })
    requireOwner(actor, row)
    if (repository?.provider === 'gitea')
      throw algorithmElsewhere({ algorithm_id: id, ...placeOf(repository) })
    const about = { id, description: description ?? row.description, begun, existing }
    const place = await repositoryFor(deps.places, gitea, about)
    const { place: found, is } = place
    const { full_name: fullName } = found
    const url = urlOf(settings, fullName)
    const remote = remoteOf(deps, settings, fullName)
    if (is === 'adopted') await requireAdoptable(deps, { id, fullName, remote })
    await filling(gitea, place, signal, async () => {
      if (is === 'new') await onCreated?.(url)
      // First, as its own client does: so nobody sees commits there without their files.
      await sendFiles(deps, { id, lfs: lfsOf(deps, settings, fullName), signal, onSent: onFilesSent })
    })
    const { branch = 'main', folder = '' } = repository ?? {}
    const at = { url, repositoryNumber: found.id }
    await inTurnOfRepository(deps.algorithms, found.id, async () => {
      // Somebody may have registered it while files were sent. Then it is theirs, also if it is new: nothing of it is changed or removed.
      await needFree(deps.places, fullName, at)
      await filling(gitea, place, signal, () =>
        deps.codeHost.push({ algorithmId: id, remote, isAll: true, signal, ...(onSent && { onSent }) }),
      )
      await deps.places.move(id, { provider: 'gitea', ...at, branch, folder })
    })
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
 * counts for the owner, whoever moves it. Throws `gitea.algorithm_elsewhere`, `quota.code`, `quota.storage` and what fetching throws.
 */
export async function moveToPlatform(
  deps: MoveToPlatformDeps,
  {
    id,
    ownedBy,
    signal,
    report,
  }: { id: string; ownedBy?: string; signal: AbortSignal; report: (message: Words) => Promise<void> },
): Promise<void> {
  const gitea = await requireGitea(deps)
  const { algorithms, codeHost } = deps
  await inTurnOf(algorithms, id, async () => {
    const algorithm = await requireMoved(deps, { id, ownedBy })
    const { place, remote } = sourceIn(deps, gitea, algorithm)
    const { branch, folder } = place
    const { ownerId } = algorithm.row
    // Nobody's limit holds for what belongs to the platform.
    const owner = (await deps.users.account(ownerId)) ?? platformActor
    await withCodeRoom(algorithms, { actor: owner, id, ownerId }, (mostBytes) =>
      codeHost.fetch({ algorithmId: id, remote, branch, mostBytes, signal }),
    )
    await deps.modelFiles.bring(id, { files: await pointedIn(codeHost, id), signal, report })
    const url = codeHost.cloneUrl(id, '')
    await deps.places.move(id, { provider: 'builtin', url, branch, folder, repositoryNumber: null })
  })
}
