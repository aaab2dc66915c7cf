import { giteaApi, type Api } from 'gitea-js'
import { z } from 'zod'
import { AppError } from '../../lib/errors.ts'
import { branchNotFound } from '../code-host/code-host.errors.ts'
import { ask, isMissing, ledTo, refused } from './gitea-answers.ts'
import { fetchWithin, usualWaits, type GiteaWaits } from './gitea-fetch.ts'
import { giteaUnreachable, notGitea } from './gitea.errors.ts'

/** How many branches and tags of a repository are read at most. They are read in pages. */
const mostNames = 500
const namesOnPage = 50
/** A server may give fewer names on a page than it was asked for, but no Gitea gives as few as this would be. */
const mostPages = 100
/** A name of git is a path of files. Characters. */
const longestName = 4096
const longestId = 64
/** Characters of a message that are kept. */
const keptOfMessage = 300

/**
 * The first line of a message, as far as it is shown. Whoever pushes chooses how long a message is, and a part of a text keeps all of it in
 * memory: so it is copied. Pure.
 */
const firstLine = (message: string): string =>
  Buffer.from((message.split('\n', 1)[0] ?? '').slice(0, keptOfMessage)).toString()

const nameOfRef = z.string().max(longestName)
const idOfCommit = z.string().max(longestId)

const repository = z.object({
  id: z.number().int(),
  full_name: z.string(),
  description: z.string(),
  private: z.boolean(),
  empty: z.boolean(),
  default_branch: z.string(),
  size: z.number().describe('KiB'),
  clone_url: z.string(),
  // It becomes a link on a page.
  html_url: z.string().regex(/^(?:https?:\/\/|$)/i),
  updated_at: z.iso.datetime({ offset: true }),
})
/** A repository as the API of Gitea describes it. */
export type ApiRepository = z.infer<typeof repository>

const found = z.object({ data: z.array(repository) })
const branches = z.array(
  z.object({
    name: nameOfRef,
    commit: z.object({
      id: idOfCommit,
      message: z.string().transform(firstLine),
      timestamp: z.iso.datetime({ offset: true }),
    }),
  }),
)

const tags = z.array(z.object({ name: nameOfRef, commit: z.object({ sha: idOfCommit }) }))

const branchHead = z.object({
  name: z.string(),
  commit: z.object({
    id: z.string().regex(/^[0-9a-f]{40,64}$/),
    message: z.string(),
    author: z.object({ name: z.string() }).nullable(),
  }),
})
/** The newest commit of a branch. */
export type ApiBranch = z.output<typeof branchHead>

/** The status of a commit in Gitea. */
export type CommitStatus = {
  state: 'pending' | 'success' | 'failure'
  /** One line of text. */
  description: string
  /** Where people read more. */
  url: string
  /** The name that distinguishes the states of several services. */
  context: string
}

const hook = z.object({ id: z.number().int() })
const user = z.object({ id: z.number(), login: z.string() })
const version = z.object({ version: z.string() })
/** Every version of Gitea reserves names with this ending, so no repository can be created with this name. */
const keptName = 'vitrine-test.git'
/** The longest message of Gitea that is passed on, in characters. */
const longestReason = 200

/** Whether repositories can be created for an owner. `reason` is Gitea's message. */
type Creation = { may: true } | { may: false; reason: string | null }

/** The number that Gitea states for a whole list; null if it states none. Pure. */
function totalOf(headers: Headers): number | null {
  const total = Number(headers.get('x-total-count') ?? Number.NaN)
  return Number.isSafeInteger(total) ? total : null
}

/**
 * Reads a list page by page, as far as {@link mostNames}: to the number of names that Gitea states, or to an empty page. A page may be shorter
 * than it was asked to be without being the last one (`MAX_RESPONSE_ITEMS`). Throws `gitea.not_gitea` where the pages do not end.
 */
async function allPages<T>(
  read: (query: { page: number; limit: number }) => Promise<{ data: T[]; headers: Headers }>,
): Promise<T[]> {
  const all: T[] = []
  for (let page = 1; all.length < mostNames; page += 1) {
    if (page > mostPages) throw notGitea({})
    const { data, headers } = await read({ page, limit: namesOnPage })
    all.push(...data.slice(0, mostNames - all.length))
    const total = totalOf(headers)
    if (data.length === 0 || (total !== null && all.length >= total)) break
  }
  return all
}

/** How many redirects are followed, because a repository and its owner can be renamed several times. */
const mostMoves = 5

/** A branch as a part of a path. Its slashes are not escaped. */
const pathOf = (branch: string): string => branch.split('/').map(encodeURIComponent).join('/')

const ownerAndName = (fullName: string): [string, string] => {
  const [owner = '', name = ''] = fullName.split('/')
  return [owner, name]
}

/** A Gitea server, with one token. */
export type GiteaClient = ReturnType<typeof createGiteaClient>

/**
 * The API of a Gitea server. Every function throws `gitea.unreachable`, `gitea.token_refused`, `gitea.repository_not_found`,
 * `gitea.repository_moved` for a former name, or `gitea.failed`. Names of owners and repositories must have the form of the contract, because they become parts of paths.
 */
export function createGiteaClient(
  { serverUrl, token }: { serverUrl: string; token: string },
  waits: Pick<GiteaWaits, 'answerMs'> = usualWaits,
) {
  const api: Api<unknown> = giteaApi(serverUrl, { token, customFetch: fetchWithin(waits) })
  /** A repository by its present name. */
  const named = async (fullName: string): Promise<ApiRepository> =>
    (await ask(fullName, repository, () => api.repos.repoGet(...ownerAndName(fullName)))).data
  /**
   * The repository that has or had a name. Gitea stores former names with the number of the repository, so it is the
   * same repository. A former name is forgotten as soon as another repository gets it.
   */
  async function renamed(fullName: string): Promise<ApiRepository> {
    let at = fullName
    for (let moves = 0; ; moves += 1) {
      try {
        return await named(at)
      } catch (error) {
        const next = ledTo(error)
        if (next === null || moves === mostMoves) throw error
        at = next
      }
    }
  }
  /**
   * Deletes a repository that a server has created despite the reserved name. Never deletes another one, even if the
   * server reads the name differently.
   */
  async function dropKept(owner: string, made: unknown): Promise<void> {
    const fullName = `${owner}/${keptName}`
    const there = await named(fullName)
    if (repository.safeParse(made).data?.full_name !== there.full_name) throw notGitea({})
    await ask(fullName, z.unknown(), () => api.repos.repoDelete(owner, keptName))
  }
  return {
    /** The version of the server, and its time. */
    async version(): Promise<{ version: string; date: string | null }> {
      const { data, headers } = await ask('version', version, () => api.version.getVersion())
      return { version: data.version, date: headers.get('date') }
    },
    /** The user of the token. */
    user: async () => (await ask('user', user, () => api.user.userGetCurrent())).data,
    /** A user or an organisation. Throws `gitea.repository_not_found` if there is none. */
    owner: async (name: string) => (await ask(name, user, () => api.users.userGet(name))).data,
    /** Repositories that the token sees, the last changed first; of one owner if `ownerId` is given. */
    async search(query: {
      q: string
      page: number
      limit: number
      ownerId: number | null
    }): Promise<{ items: ApiRepository[]; total: number }> {
      const { q, page, limit, ownerId } = query
      const { data, headers } = await ask('search', found, () =>
        api.repos.repoSearch({
          q,
          page,
          limit,
          sort: 'updated',
          order: 'desc',
          ...(ownerId !== null && { uid: ownerId, exclusive: true }),
        }),
      )
      return { items: data.data, total: totalOf(headers) ?? data.data.length }
    },
    /** @param fullName `OWNER/NAME` */
    repository: named,
    renamed,
    /** The branches of a repository, at most {@link mostNames}. */
    branches: (fullName: string): Promise<z.output<typeof branches>> =>
      allPages((query) =>
        ask(fullName, branches, () => api.repos.repoListBranches(...ownerAndName(fullName), query)),
      ),
    /** The tags of a repository, the newest first, at most {@link mostNames}. */
    tags: (fullName: string): Promise<z.output<typeof tags>> =>
      allPages((query) =>
        ask(fullName, tags, () => api.repos.repoListTags(...ownerAndName(fullName), query)),
      ),
    /** The newest commit of one branch. Throws `code_host.branch_not_found`, also if there is no such repository. */
    async branch(fullName: string, name: string): Promise<ApiBranch> {
      const asked = ask(fullName, branchHead, () =>
        api.repos.repoGetBranch(...ownerAndName(fullName), pathOf(name)),
      )
      return (
        await asked.catch((error: unknown) => {
          throw isMissing(error) ? branchNotFound({ branch: name }, error) : error
        })
      ).data
    },
    /** Makes a webhook for pushes, and returns its number. */
    async createPushHook(
      fullName: string,
      { url, secret }: { url: string; secret: string },
    ): Promise<number> {
      const body = {
        type: 'gitea' as const,
        active: true,
        events: ['push'],
        config: { url, secret, content_type: 'json' },
      }
      const made = await ask(fullName, hook, () => api.repos.repoCreateHook(...ownerAndName(fullName), body))
      return made.data.id
    },
    /** Makes a webhook send a test delivery about the newest commit. This changes nothing. */
    testHook: async (fullName: string, id: number) => {
      await ask(fullName, z.unknown(), () => api.repos.repoTestHook(...ownerAndName(fullName), id))
    },
    /** Deletes a webhook, even if the repository was renamed since. A webhook that no longer exists is not an error. */
    deleteHook: async (fullName: string, id: number) => {
      const drop = (name: string) =>
        ask(name, z.unknown(), () => api.repos.repoDeleteHook(...ownerAndName(name), id))
      await drop(fullName).catch(async (error: unknown) => {
        if (isMissing(error)) return
        if (ledTo(error) === null) throw error
        await drop((await renamed(fullName)).full_name)
      })
    },
    /** Sets the status of a commit. */
    setStatus: async (fullName: string, commit: string, { url, ...status }: CommitStatus) => {
      await ask(fullName, z.unknown(), () =>
        api.repos.repoCreateStatus(...ownerAndName(fullName), commit, { ...status, target_url: url }),
      )
    },
    /** Creates an empty private repository. Throws `gitea.repository_exists`. `isOwn`: the owner is the token's user. */
    async createRepository(input: { owner: string; name: string; isOwn: boolean; description: string }) {
      const { owner, name, isOwn, description } = input
      const body = { name, description, private: true, auto_init: false, default_branch: 'main' }
      const create = () =>
        isOwn ? api.user.createCurrentUserRepo(body) : api.orgs.createOrgRepo(owner, body)
      return (await ask(`${owner}/${name}`, repository, create)).data
    },
    /**
     * Whether repositories can be created for an owner. Asks Gitea to create one with a reserved name. Gitea refuses
     * the name (422) only after it has checked the permission, so nothing is left behind. Without a reason, the owner
     * is another user.
     */
    async creation({ owner, isOwn }: { owner: string; isOwn: boolean }): Promise<Creation> {
      const body = { name: keptName, private: true, auto_init: false }
      try {
        if (!isOwn) await api.orgs.orgGet(owner)
        const made = await (isOwn
          ? api.user.createCurrentUserRepo(body)
          : api.orgs.createOrgRepo(owner, body))
        await dropKept(owner, made.data)
        return { may: true }
      } catch (error) {
        if (error instanceof AppError) throw error
        const { data } = refused.safeParse(error)
        if (!data) throw giteaUnreachable({}, error)
        if (data.status === 422) return { may: true }
        if (data.status === 404 && !isOwn) return { may: false, reason: null }
        const said = data.error?.message ?? ''
        return { may: false, reason: `HTTP ${data.status} ${said}`.trim().slice(0, longestReason) }
      }
    },
    /** Deletes a repository. Use it only for an empty one that the platform has just created. */
    deleteRepository: async (fullName: string) => {
      await ask(fullName, z.unknown(), () => api.repos.repoDelete(...ownerAndName(fullName)))
    },
  }
}
