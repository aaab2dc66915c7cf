import { longest, type GiteaRepository, type Inspection, type Language } from '@vitrine/contract'
import { branchNotFound } from '../../adapters/code-host/code-host.errors.ts'
import { requireReach } from '../../http/guard.ts'
import type { Actor } from '../../lib/actor.ts'
import { requireAlgorithm, requireOwner } from '../algorithms/algorithms.deps.ts'
import type { CodePlaceRow } from '../algorithms/code-places.repository.ts'
import {
  followRepository,
  inspectRepository,
  registerRepository,
  type Registered,
} from '../algorithms/register-repository.ts'
import { algorithmElsewhere } from './gitea.errors.ts'
import {
  findRepository,
  remoteOf,
  repositoryIn,
  shownRepository,
  urlOf,
  type FoundRepository,
  type GiteaRepositoryDeps,
} from './gitea.repositories.ts'
import { requireGitea } from './gitea.usecases.ts'

/** What the platform has of an algorithm after it was brought together with its repository. */
export type Synchronised = { algorithm_id: string; branch: string; commit: string; changed: boolean }

/** An id for an algorithm after the name of its repository, without the prefix of the platform. Pure. */
export function idAfter(fullName: string, prefix: string): string {
  const name = fullName.split('/').at(-1) ?? ''
  const own = prefix !== '' && name.startsWith(prefix) ? name.slice(prefix.length) : name
  const id = own
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, longest.slug)
  return id === '' ? 'algorithm' : id
}

const sourceOf = ({ settings, fullName, branch, remote }: FoundRepository) => ({
  remote,
  place: { provider: 'gitea' as const, url: urlOf(settings, fullName), branch },
})

/** Makes a repository of the Gitea server an algorithm. Throws what finding it and {@link registerRepository} throw. */
export async function registerFromGitea(
  deps: GiteaRepositoryDeps,
  input: {
    actor: Actor
    url: string
    branch?: string | undefined
    id?: string | undefined
    language: Language
  },
): Promise<Registered> {
  const { actor, url, branch, language } = input
  if (input.id !== undefined) requireReach(actor, [input.id])
  const found = await findRepository(deps, { actor, url, branch })
  const id = input.id ?? idAfter(found.fullName, found.settings.repoPrefix)
  return registerRepository(deps.algorithms, { id, source: sourceOf(found), actor, language })
}

/** What a repository of the Gitea server would become. Stores nothing. Throws what finding and fetching it throw. */
export async function inspectInGitea(
  deps: GiteaRepositoryDeps,
  input: {
    actor: Actor
    url: string
    branch?: string | undefined
    id?: string | undefined
    language: Language
  },
): Promise<Inspection> {
  const { actor, url, branch, id, language } = input
  const found = await findRepository(deps, { actor, url, branch })
  const name = found.fullName.split('/').at(-1) ?? ''
  return inspectRepository(deps.algorithms, { id, name, source: sourceOf(found), actor, language })
}

/** Where an algorithm's code is kept in the Gitea server. Throws `gitea.algorithm_elsewhere`. */
async function requireInGitea(deps: GiteaRepositoryDeps, id: string) {
  const { row, repository } = await requireAlgorithm(deps.algorithms, id)
  const { settings } = await requireGitea(deps)
  const fullName = repository?.provider === 'gitea' ? repositoryIn(repository.url)?.fullName : undefined
  if (!repository || fullName === undefined)
    throw algorithmElsewhere({ algorithm_id: id, url: deps.algorithms.codeHost.cloneUrl(id, '') })
  return { row, repository, remote: remoteOf(deps, settings, fullName) }
}

const synchronised = (
  { algorithmId, branch }: Pick<CodePlaceRow, 'algorithmId' | 'branch'>,
  { commit, changed }: { commit: string; changed: boolean },
): Synchronised => ({ algorithm_id: algorithmId, branch, commit, changed })

/** Fetches what is new of an algorithm; a new commit becomes its next version. */
export async function pullFromGitea(
  deps: GiteaRepositoryDeps,
  { actor, id }: { actor: Actor; id: string },
): Promise<Synchronised> {
  requireReach(actor, [id])
  const { repository, remote } = await requireInGitea(deps, id)
  const { branch } = repository
  return synchronised(repository, await followRepository(deps.algorithms, { id, remote, branch, actor }))
}

/** Sends what the platform has of an algorithm to its repository. Throws `gitea.push_refused` if that has other commits. */
export async function pushToGitea(
  deps: GiteaRepositoryDeps,
  { actor, id }: { actor: Actor; id: string },
): Promise<Synchronised> {
  requireReach(actor, [id])
  const { row, repository, remote } = await requireInGitea(deps, id)
  requireOwner(actor, row)
  const { codeHost, turns } = deps.algorithms
  return turns.run(id, async () => {
    await codeHost.push({ algorithmId: id, remote, isAll: false })
    const commit = (await codeHost.resolve(id, 'HEAD')) ?? ''
    return synchronised(repository, { commit, changed: commit !== repository.lastCommit })
  })
}

/**
 * Moves the code of an algorithm to a new repository, with its history. The repository is created empty and filled; the algorithm
 * changes its place only when it is complete there. Throws `gitea.repository_exists`, which changes nothing there.
 */
export async function moveToGitea(
  deps: GiteaRepositoryDeps,
  { actor, id, description }: { actor: Actor; id: string; description: string | undefined },
): Promise<GiteaRepository> {
  requireReach(actor, [id])
  const { settings, client } = await requireGitea(deps)
  const { codeHost, turns } = deps.algorithms
  return turns.run(id, async () => {
    const { row, repository } = await requireAlgorithm(deps.algorithms, id)
    requireOwner(actor, row)
    if (repository?.provider === 'gitea') throw algorithmElsewhere({ algorithm_id: id, url: repository.url })
    const { login } = await client.user()
    const created = await client.createRepository({
      owner: settings.defaultOwner,
      name: `${settings.repoPrefix}${id}`,
      isOwn: login.toLowerCase() === settings.defaultOwner.toLowerCase(),
      description: description ?? row.description,
    })
    const { full_name: fullName } = created
    try {
      await codeHost.push({ algorithmId: id, remote: remoteOf(deps, settings, fullName), isAll: true })
    } catch (error) {
      // It was created a moment ago and is empty.
      await client.deleteRepository(fullName)
      throw error
    }
    const place = {
      provider: 'gitea' as const,
      url: urlOf(settings, fullName),
      branch: repository?.branch ?? 'main',
    }
    await deps.places.move(id, place)
    return shownRepository(settings, { ...created, empty: false }, id)
  })
}

/**
 * Brings the newest commit of a branch here, for a deploy: of an unknown algorithm as its first version, of a known one as its
 * next. Throws `gitea.algorithm_elsewhere` if the known one's code is kept elsewhere.
 */
export async function bringFromGitea(
  deps: GiteaRepositoryDeps,
  input: { actor: Actor; id: string; url: string; branch: string | undefined; language: Language },
): Promise<{ commit: string }> {
  const { actor, id, url, branch, language } = input
  requireReach(actor, [id])
  const found = await findRepository(deps, { actor, url, branch })
  const known = await deps.places.get(id)
  if (!known) {
    const { version } = await registerRepository(deps.algorithms, {
      ...{ id, source: sourceOf(found), actor, language },
    })
    return { commit: version.commit }
  }
  const { place, remote } = sourceOf(found)
  if (known.url !== place.url) throw algorithmElsewhere({ algorithm_id: id, url: known.url })
  const followed = known.branch
  const { commit } = await followRepository(deps.algorithms, { id, remote, branch: followed, actor })
  if (place.branch === followed) return { commit }
  const wanted = await deps.algorithms.codeHost.resolve(id, `refs/heads/${place.branch}`)
  if (wanted === null) throw branchNotFound({ branch: place.branch })
  return { commit: wanted }
}
