import { seesEverything, type GiteaRepository, type ListQuery } from '@vitrine/contract'
import type { CodeHost } from '../../adapters/code-host/code-host.ts'
import type { GitRemote } from '../../adapters/code-host/git-remote.ts'
import type { ApiRepository, GiteaClient } from '../../adapters/gitea/gitea.client.ts'
import { GiteaLfs } from '../../adapters/gitea/gitea-lfs.ts'
import { giteaRemote, type GiteaRemotes } from '../../adapters/gitea/gitea-remote.ts'
import { repositoryNotFound } from '../../adapters/gitea/gitea.errors.ts'
import type { Actor } from '../../lib/actor.ts'
import type { AlgorithmsDeps } from '../algorithms/algorithms.deps.ts'
import type { CodePlaceRow, RepositoryAt } from '../algorithms/code-places.repository.ts'
import type { Recogniser } from '../algorithms/recognition/recogniser.ts'
import { otherServer } from './gitea.errors.ts'
import type { GitQueues } from '../quotas/git-queues.ts'
import type { GiteaInUse } from './gitea.settings.ts'
import { currentGitea, requireGitea, type GiteaDeps } from './gitea.usecases.ts'

/** What using repositories of the Gitea server needs. `algorithms` is for the use cases of algorithms alone. */
export type GiteaRepositoryDeps = GiteaDeps & {
  algorithms: AlgorithmsDeps
  codeHost: Pick<CodeHost, 'cloneUrl' | 'contentsBeginning' | 'fetch' | 'newest' | 'push' | 'relation'>
  recogniser: Pick<Recogniser, 'recognise'>
  /** Turns of people for lists of the server, and for code that is fetched from there. */
  gitQueues: Pick<GitQueues, 'lists' | 'fetches'>
  remotes: GiteaRemotes
}

/** The address that git finds a repository at. It is built here, because the server may call itself by another name. */
export const urlOf = ({ serverUrl }: Pick<GiteaInUse, 'serverUrl'>, fullName: string): string =>
  `${serverUrl}/${fullName}.git`

/** A repository as it is recorded with the algorithms in it. Pure. */
export const repositoryAt = (
  settings: Pick<GiteaInUse, 'serverUrl'>,
  { id, full_name }: Pick<ApiRepository, 'id' | 'full_name'>,
): RepositoryAt => ({ url: urlOf(settings, full_name), repositoryNumber: id })

/** Whether code is recorded in a repository: by its number, also under a former name, or by its address. Gitea does not tell upper case from lower. Pure. */
export const isRecordedIn = (code: RepositoryAt, { url, repositoryNumber }: RepositoryAt): boolean =>
  code.url.toLowerCase() === url.toLowerCase() ||
  (repositoryNumber !== null && code.repositoryNumber === repositoryNumber)

/** A repository for git. */
export const remoteOf = (
  { remotes, waits: { silenceMs } }: Pick<GiteaRepositoryDeps, 'remotes' | 'waits'>,
  settings: GiteaInUse,
  fullName: string,
) => giteaRemote(remotes, { ...settings, repository: fullName, silenceMs })

/** The files of Git LFS of a repository. */
export const lfsOf = (
  { waits }: Pick<GiteaRepositoryDeps, 'waits'>,
  settings: GiteaInUse,
  repository: string,
): GiteaLfs => new GiteaLfs({ ...settings, repository }, waits)

const pathPattern = /\/([A-Za-z0-9][A-Za-z0-9._-]*)\/([A-Za-z0-9][A-Za-z0-9._-]*?)(?:\.git)?\/?$/

/** `OWNER/NAME` of an address, and what is before it. Null if it is no address of a repository. Pure. */
export function repositoryIn(url: string): { fullName: string; server: string } | null {
  if (!URL.canParse(url)) return null
  const { protocol, host, pathname, search, hash } = new URL(url)
  const found = pathPattern.exec(pathname)
  if (!found || search !== '' || hash !== '') return null
  return {
    fullName: `${found[1]}/${found[2]}`,
    server: `${protocol}//${host}${pathname.slice(0, found.index)}`,
  }
}

/** `OWNER/NAME` of code that is kept in the Gitea server; null for code that is not. Pure. */
export const nameInGitea = (place: Pick<CodePlaceRow, 'provider' | 'url'>): string | null =>
  (place.provider === 'gitea' ? repositoryIn(place.url)?.fullName : undefined) ?? null

/** Whether somebody may use a repository: administrators all, everybody else those of the default owner. Pure. */
export const mayReach = (actor: Actor, settings: GiteaInUse, fullName: string): boolean =>
  seesEverything(actor.role) || fullName.toLowerCase().startsWith(`${settings.defaultOwner.toLowerCase()}/`)

/**
 * Tells whether somebody may use all of the repository in which code is kept, and not only the folder of the code. Of code that was moved from
 * Gitea to the platform nobody knows whose the other folders are.
 */
export const mayUseAllIn =
  (deps: GiteaDeps) =>
  async (actor: Actor, place: Pick<CodePlaceRow, 'provider' | 'url'>): Promise<boolean> => {
    const fullName = nameInGitea(place)
    const settings = fullName === null ? null : await currentGitea(deps)
    return fullName !== null && settings !== null && mayReach(actor, settings, fullName)
  }

/** Finds a repository that somebody may use. Throws `gitea.repository_not_found`. */
async function reachable(
  { client, settings }: { client: GiteaClient; settings: GiteaInUse },
  actor: Actor,
  fullName: string,
): Promise<ApiRepository> {
  if (!mayReach(actor, settings, fullName)) throw repositoryNotFound({ repository: fullName })
  return client.repository(fullName)
}

/** A repository that has code, with one of its branches. */
export type FoundRepository = {
  settings: GiteaInUse
  fullName: string
  /** Its number in Gitea. */
  number: number
  branch: string
  remote: GitRemote
  lfs: GiteaLfs
}

/** The code in a repository that a person means. */
export type WantedCode = {
  url: string
  branch?: string | undefined
  tag?: string | undefined
  folder?: string | undefined
}

/**
 * Finds the repository at an address that a person has copied from a browser or git. Throws `gitea.not_configured`,
 * `gitea.other_server`, `gitea.repository_not_found`.
 *
 * @param branch the default branch if undefined
 */
export async function findRepository(
  deps: GiteaRepositoryDeps,
  { actor, url, branch }: { actor: Actor } & WantedCode,
): Promise<FoundRepository> {
  const gitea = await requireGitea(deps)
  const { settings } = gitea
  const named = repositoryIn(url)
  if (!named) throw otherServer({ server_url: settings.serverUrl })
  const found = await reachable(gitea, actor, named.fullName)
  const { id: number, full_name: fullName, clone_url, default_branch } = found
  const isThere = [settings.serverUrl, repositoryIn(clone_url)?.server].includes(named.server)
  if (!isThere) throw otherServer({ server_url: settings.serverUrl })
  const remote = remoteOf(deps, settings, fullName)
  const lfs = lfsOf(deps, settings, fullName)
  return { settings, fullName, number, branch: branch ?? default_branch, remote, lfs }
}

/** A repository in the form of the API. */
export const shownRepository = (
  settings: GiteaInUse,
  one: ApiRepository,
  algorithms: readonly { algorithmId: string; folder: string }[],
): GiteaRepository => ({
  full_name: one.full_name,
  description: one.description,
  is_private: one.private,
  is_empty: one.empty,
  default_branch: one.default_branch,
  size_bytes: one.size * 1024,
  url: urlOf(settings, one.full_name),
  page_url: one.html_url,
  updated_at: new Date(one.updated_at).toISOString(),
  algorithm_id: algorithms.find(({ folder }) => folder === '')?.algorithmId ?? null,
  algorithms: algorithms.map(({ algorithmId, folder }) => ({ algorithm_id: algorithmId, folder })),
})

/** A page of repositories that somebody may use, the last changed first. Throws `gitea.not_configured`. */
export async function listRepositories(
  deps: GiteaRepositoryDeps,
  { actor, query }: { actor: Actor; query: ListQuery },
): Promise<{ items: GiteaRepository[]; total: number }> {
  const { settings, client } = await requireGitea(deps)
  const owner = seesEverything(actor.role) ? null : await client.owner(settings.defaultOwner)
  const { items, total } = await client.search({
    q: query.q,
    page: query.page,
    limit: query.page_size,
    ownerId: owner && owner.id,
  })
  const known = await deps.places.at(items.map((one) => repositoryAt(settings, one)))
  const shown = (one: ApiRepository) => {
    const at = repositoryAt(settings, one)
    return shownRepository(
      settings,
      one,
      known.filter((place) => isRecordedIn(place, at)),
    )
  }
  return { total, items: items.map(shown) }
}

/** The branches of a repository, the default one first, and its tags. Throws `gitea.repository_not_found`. */
export async function listBranches(
  deps: GiteaRepositoryDeps,
  { actor, fullName }: { actor: Actor; fullName: string },
) {
  const gitea = await requireGitea(deps)
  const { default_branch } = await reachable(gitea, actor, fullName)
  const [branches, tags] = await Promise.all([gitea.client.branches(fullName), gitea.client.tags(fullName)])
  const isOther = (name: string) => (name === default_branch ? 0 : 1)
  return {
    default_branch,
    tags: tags.map(({ name, commit }) => ({ name, commit: commit.sha })),
    items: branches
      .toSorted((a, b) => isOther(a.name) - isOther(b.name))
      .map(({ name, commit }) => ({
        name,
        commit: commit.id,
        message: commit.message,
        committed_at: new Date(commit.timestamp).toISOString(),
      })),
  }
}
