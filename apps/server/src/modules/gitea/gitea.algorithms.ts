import type { Inspection, Language } from '@vitrine/contract'
import type { Fetched } from '../../adapters/code-host/git-remote.ts'
import type { GiteaClient } from '../../adapters/gitea/gitea.client.ts'
import { admit, requireReach } from '../../lib/require-access.ts'
import type { Actor } from '../../lib/actor.ts'
import { requireAlgorithm, requireOwner } from '../algorithms/algorithms.deps.ts'
import type { AlgorithmWithLatest } from '../algorithms/algorithms.repository.ts'
import { slugify } from '../algorithms/recognition/algorithm-id.ts'
import {
  fetchFollowed,
  followRepository,
  inspectRepository,
  registerRepository,
  type Registered,
} from '../algorithms/register-repository.ts'
import { inTurnOf } from '../algorithms/turns.ts'
import { algorithmElsewhere } from './gitea.errors.ts'
import { inTurnOfRepository, requireNoCodeOfOthers } from './gitea.others.ts'
import { recordedRemote, requireSameNumber } from './gitea.recorded.ts'
import {
  findRepository,
  nameInGitea,
  urlOf,
  type FoundRepository,
  type WantedCode,
  type GiteaRepositoryDeps,
} from './gitea.repositories.ts'
import type { GiteaInUse } from './gitea.settings.ts'
import { requireGitea } from './gitea.usecases.ts'

/** The state of an algorithm after it was brought up to date with its repository. */
export type Synchronised = { algorithm_id: string; branch: string; commit: string; changed: boolean }

/** An id for an algorithm after the name of its repository or folder, without the prefix of the platform, as uploads get one. */
export function idAfter(fullName: string, prefix: string): Promise<string> {
  const name = fullName.split('/').at(-1) ?? ''
  return slugify(prefix !== '' && name.startsWith(prefix) ? name.slice(prefix.length) : name)
}

/** Where code that was found is fetched from. */
export const sourceOf = (
  { settings, fullName, number, branch, remote, lfs }: FoundRepository,
  { tag, folder = '' }: Pick<WantedCode, 'tag' | 'folder'>,
) => ({
  remote,
  tag,
  hosted: lfs,
  place: {
    provider: 'gitea' as const,
    url: urlOf(settings, fullName),
    branch,
    folder,
    repositoryNumber: number,
  },
})

/** The name of the code in a folder of a repository: that of the folder, or that of the repository if the code is all of it. Pure. */
const nameOf = (fullName: string, folder = ''): string =>
  (folder === '' ? fullName : folder).split('/').at(-1) ?? ''

/** The id that code gets which was given none. */
export const idOfCode = ({ fullName, settings }: FoundRepository, folder = ''): Promise<string> =>
  folder === '' ? idAfter(fullName, settings.repoPrefix) : idAfter(folder, '')

/** Makes code that was found an algorithm. Throws `gitea.repository_of_others`, and what {@link registerRepository} does. */
async function registerFound(
  deps: GiteaRepositoryDeps,
  found: FoundRepository,
  input: WantedCode & { actor: Actor; id: string; language: Language },
): Promise<Registered> {
  const { id, actor, language } = input
  const source = sourceOf(found, input)
  const { fullName, number } = found
  const inItsTurn = <T>(use: () => Promise<T>): Promise<T> =>
    inTurnOfRepository(deps.algorithms, number, async () => {
      await requireNoCodeOfOthers(deps, actor, { ...source.place, fullName })
      return use()
    })
  return registerRepository(deps.algorithms, { id, source, actor, language, inItsTurn })
}

/** Makes a repository of the Gitea server an algorithm. Throws what finding it and {@link registerFound} throw. */
export async function registerFromGitea(
  deps: GiteaRepositoryDeps,
  input: WantedCode & { actor: Actor; id?: string | undefined; language: Language },
): Promise<Registered> {
  if (input.id !== undefined) requireReach(input.actor, [input.id])
  const found = await findRepository(deps, input)
  return registerFound(deps, found, { ...input, id: input.id ?? (await idOfCode(found, input.folder)) })
}

/** What a repository of the Gitea server would become. Stores nothing. Throws what finding and fetching it throw. */
export async function inspectInGitea(
  deps: GiteaRepositoryDeps,
  input: WantedCode & {
    actor: Actor
    id?: string | undefined
    language: Language
    signal?: AbortSignal
  },
): Promise<Inspection> {
  const { url: _url, branch: _branch, tag, folder, id, ...asked } = input
  const found = await findRepository(deps, input)
  const source = sourceOf(found, { tag, folder })
  return inspectRepository(deps.algorithms, { id, name: nameOf(found.fullName, folder), source, ...asked })
}

/** Where an algorithm is, for an error. */
export const placeOf = ({ url, folder }: { url: string; folder: string }) => ({ url, folder })

/** Where the code of an algorithm is in the Gitea server. Throws `gitea.algorithm_elsewhere`. */
export function placeIn(deps: GiteaRepositoryDeps, { row, repository }: AlgorithmWithLatest) {
  const fullName = repository && nameInGitea(repository)
  if (!repository || !fullName)
    throw algorithmElsewhere({
      algorithm_id: row.id,
      url: deps.codeHost.cloneUrl(row.id, ''),
      folder: '',
    })
  return { ...repository, fullName }
}

/**
 * The repository of an algorithm whose code is in the Gitea server. Throws `gitea.algorithm_elsewhere`; git finds out before it reaches it
 * whether it is still the same ({@link recordedRemote}).
 */
export function sourceIn(
  deps: GiteaRepositoryDeps,
  gitea: { settings: GiteaInUse; client: GiteaClient },
  algorithm: AlgorithmWithLatest,
) {
  const place = placeIn(deps, algorithm)
  return { place, remote: recordedRemote(deps, gitea, place) }
}

/** Fetches what is new of an algorithm; a new commit becomes its next version. */
export async function pullFromGitea(
  deps: GiteaRepositoryDeps,
  { actor, id }: { actor: Actor; id: string },
): Promise<Synchronised> {
  requireReach(actor, [id])
  const gitea = await requireGitea(deps)
  let branch = ''
  const { commit, changed } = await followRepository(deps.algorithms, {
    id,
    actor,
    sourceOf(algorithm) {
      const source = sourceIn(deps, gitea, algorithm)
      branch = source.place.branch
      return source
    },
  })
  return { algorithm_id: id, branch, commit, changed }
}

/** Fetches what is new of an algorithm, of its branch or another one, and makes no version of it. Throws as {@link fetchFollowed} does. */
export async function fetchFromGitea(
  deps: GiteaRepositoryDeps,
  { actor, id, branch }: { actor: Actor; id: string; branch: string | undefined },
): Promise<Fetched> {
  const gitea = await requireGitea(deps)
  return fetchFollowed(deps.algorithms, {
    id,
    actor,
    ...(branch !== undefined && { branch }),
    sourceOf: (algorithm) => sourceIn(deps, gitea, algorithm),
  })
}

/**
 * Sends what the platform has of an algorithm to its repository. Throws `gitea.push_refused` if that has other commits, and
 * `gitea.repository_of_others`.
 */
export async function pushToGitea(
  deps: GiteaRepositoryDeps,
  { actor, id }: { actor: Actor; id: string },
): Promise<Synchronised> {
  requireReach(actor, [id])
  const gitea = await requireGitea(deps)
  const { codeHost } = deps
  return inTurnOf(deps.algorithms, id, async () => {
    const algorithm = await requireAlgorithm(deps.algorithms, id)
    requireOwner(actor, algorithm.row)
    const { place, remote } = sourceIn(deps, gitea, algorithm)
    const number = place.repositoryNumber ?? (await gitea.client.repository(place.fullName)).id
    return inTurnOfRepository(deps.algorithms, number, async () => {
      await requireNoCodeOfOthers(deps, actor, place)
      const { changed } = await codeHost.push({ algorithmId: id, remote, isAll: false })
      const { commit } = await codeHost.newest(id, place.branch)
      return { algorithm_id: id, branch: place.branch, commit, changed }
    })
  })
}

/**
 * Brings the newest commit of a branch, or a tag, here, for a deploy: of an unknown algorithm as its first version, of a known one as
 * its next. Throws `gitea.repository_of_others`, `gitea.repository_replaced`, and `gitea.algorithm_elsewhere` if the known one's code is
 * kept elsewhere, also if that is another folder.
 */
export async function bringFromGitea(
  deps: GiteaRepositoryDeps,
  input: WantedCode & { actor: Actor; id: string; language: Language },
): Promise<{ commit: string }> {
  const { actor, id, branch, tag } = input
  requireReach(actor, [id])
  // It becomes an algorithm, or a version of one.
  admit(actor, { access: 'algorithms.write', about: 'algorithm' }, id)
  const found = await findRepository(deps, input)
  const known = await deps.places.get(id)
  if (!known) {
    const { version } = await registerFound(deps, found, input)
    return { commit: version.commit }
  }
  const { place, remote } = sourceOf(found, input)
  const sourceOfKnown = ({ repository }: AlgorithmWithLatest) => {
    const isThere = repository?.url.toLowerCase() === place.url.toLowerCase()
    if (!repository || !isThere || (input.folder ?? repository.folder) !== repository.folder)
      throw algorithmElsewhere({ algorithm_id: id, ...placeOf(repository ?? known) })
    return { remote, place: repository }
  }
  if (known.url.toLowerCase() === place.url.toLowerCase())
    await requireSameNumber(deps, known, { id: found.number, full_name: found.fullName })
  return followRepository(deps.algorithms, {
    id,
    actor,
    sourceOf: sourceOfKnown,
    // Another branch than the followed one is deployed once, and not followed.
    ...(branch !== undefined && branch !== known.branch && { branch }),
    ...(tag !== undefined && { tag }),
  })
}
