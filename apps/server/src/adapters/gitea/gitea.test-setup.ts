import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { z } from 'zod'
import { noSandbox } from '../../lib/sandbox/sandbox.ts'
import { git } from '../code-host/git-command.ts'
import {
  answerOfGit,
  gitHeadersOf,
  settingsOfPush,
  type GitHttpRequest,
} from '../code-host/git-http-backend.ts'
import { answer, creation, keptName } from './gitea-answer.test-setup.ts'
import { branchesIn, pageOfBranches, tagsIn } from './gitea-refs.test-setup.ts'
import { StandInHooks } from './gitea-hooks.test-setup.ts'
import { StandInLfs } from './gitea-lfs.test-setup.ts'
import { StandInPushes } from './gitea-pushes.test-setup.ts'

/** A Gitea server for tests: its address, and a token with its user. */
export type TestGitea = { url: string; token: string; owner: string }

/** `id` stays the same when it is renamed, and is never used again. */
type Repository = { id: number; owner: string; name: string; description: string; updated: Date }

/** Somebody else than the token's user, with a repository that the token sees. */
const stranger = { id: 2, login: 'others' }
type Exchange = { request: IncomingMessage; response: ServerResponse; path: string }

/** What Gitea states as the former commit of a new branch. */
const noCommit = '0'.repeat(40)
const gitAction = z.enum(['git-upload-pack', 'git-receive-pack'])
const pushSettings = settingsOfPush({ mostBytes: 64 * 1024 ** 2, mayRewrite: false })
/** Gitea hides no refs. */
const gitSettings = [...pushSettings, ['receive.hideRefs', '!refs/vitrine'] as const]

/**
 * A stand-in that answers as Gitea 1.21 does for what the platform relies on: methods, paths, tokens and bodies are checked, and git is
 * git's own HTTP backend on real repositories. Bearer tokens open the API, and Basic authentication opens git.
 */
export class GiteaStandIn implements TestGitea {
  readonly owner = 'team'
  readonly token = randomBytes(20).toString('hex')
  /** What was asked of the API, as `METHOD /path`. */
  readonly asked: string[] = []
  /** A token that may do nothing with repositories. */
  readonly narrowToken = randomBytes(20).toString('hex')
  /** The refusal of creating a repository. Null if that is permitted. */
  creation: { status: number; message: string } | null = null
  /** Answers everything with this status until it is null again. */
  broken: number | null = null
  url = ''
  /** Its webhooks, and the states of commits. */
  readonly hooks = new StandInHooks()
  readonly pushes = new StandInPushes()
  readonly lfs = new StandInLfs()
  /** Repositories that people have renamed: their former names, with the new ones. Its Git LFS knows no former ones. */
  readonly renamed = new Map<string, string>()
  readonly #folder: string
  readonly #repositories = new Map<string, Repository>()
  #made = 0
  // Between two requests of a push, git packs its objects, which may take long on a busy machine.
  readonly #server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    this.#serve({ request, response, path: request.url ?? '' }).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined)
    })
  })

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async open(): Promise<GiteaStandIn> {
    const opened = new GiteaStandIn(await mkdtemp(join(tmpdir(), 'vitrine-gitea-')))
    await new Promise<void>((resolve) => opened.#server.listen(0, '127.0.0.1', resolve))
    const address = opened.#server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    opened.url = `http://127.0.0.1:${address.port}`
    opened.lfs.rootUrl = opened.url
    return opened
  }

  async close(): Promise<void> {
    await this.hooks.settled()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** Makes a branch what another is, whatever was there. */
  moveBranch = (name: string, { from, to }: { from: string; to: string }) =>
    this.git(name, ['update-ref', `refs/heads/${to}`, `refs/heads/${from}`])

  /** Runs git in a repository of the server. Returns what it wrote. */
  git = async (name: string, args: readonly string[], input: string | Buffer = ''): Promise<string> =>
    (await git({ repository: this.#at(name), args, input })).toString('utf8').trim()

  /** Gives a repository another name, as a person does on its page. */
  async rename(name: string, to: string): Promise<void> {
    const found = this.#repositories.get(name)
    if (!found) throw new Error(`no repository ${name}`)
    await rename(this.#at(name).path, this.#at(to).path)
    this.#repositories.delete(name)
    this.#repositories.set(to, { ...found, name: to })
    this.renamed.set(name, to)
  }

  /** Deletes a branch, as a person does on its page. */
  deleteBranch = (name: string, branch: string) =>
    this.git(name, ['update-ref', '-d', `refs/heads/${branch}`])

  #at = (name: string) => ({ path: join(this.#folder, `${name}.git`), sandbox: noSandbox })
  async #serve({ request, response, path }: Exchange): Promise<void> {
    if (this.broken !== null) {
      response.writeHead(this.broken, { location: 'https://elsewhere.example/' }).end()
      return
    }
    if (path.startsWith('/api/v1')) {
      await this.#serveApi({ request, response, path: path.slice('/api/v1'.length) })
      return
    }
    const [, name = '', rest = ''] = new RegExp(`^/${this.owner}/([^/]+)\\.git/(.+)$`).exec(path) ?? []
    await this.#serveGit({ request, response, path: rest }, name)
  }

  async #serveGit({ request, response, path: asked }: Exchange, name: string): Promise<void> {
    const { headers } = request
    const basic = Buffer.from(headers.authorization?.replace(/^Basic /, '') ?? '', 'base64').toString()
    const isOpen = basic.split(':')[1] === this.token
    const isThere = this.renamed.has(name) ? !/^info.lfs/.test(asked) : this.#repositories.has(name)
    if (name === '' || (isOpen && !isThere)) return void response.writeHead(404).end()
    if (!isOpen) return void response.writeHead(401, { 'www-authenticate': 'Basic realm="gitea"' }).end()
    const [, lfs] = /^info\/lfs\/(.+)$/.exec(asked) ?? []
    if (lfs !== undefined)
      return this.lfs.serve({ request, response }, { owner: this.owner, name, path: lfs })
    const location = `/${this.owner}/${this.renamed.get(name)}.git/${asked}`
    if (this.renamed.has(name)) return void response.writeHead(302, { location }).end()
    const [path = '', query] = asked.split('?')
    const isPush = path === 'git-receive-pack'
    if (this.pushes.forbidden !== null && asked.endsWith('receive-pack'))
      return void response.writeHead(403, { 'content-type': 'text/plain' }).end(this.pushes.forbidden)
    // Read first: the branches may have moved before the backend has answered.
    const before = isPush ? await this.#branches(name) : []
    const pushed = isPush ? await buffer(request) : null
    const refusal = pushed && this.pushes.refuse(pushed.length)
    if (refusal !== null) return void response.writeHead(refusal).end()
    const hooks = await this.pushes.hooks(this.#folder)
    const about = { userName: this.owner, headers: gitHeadersOf(headers) }
    const service = new URLSearchParams(query).get('service')
    const body = pushed ? Readable.from(pushed, { objectMode: false }) : request
    const asking: GitHttpRequest =
      path === 'info/refs'
        ? { action: path, service: gitAction.parse(service), ...about }
        : { action: gitAction.parse(path), body, ...about }
    const served = answerOfGit(this.#at(name), asking, [...gitSettings, ...hooks])
    const { value: head } = await served.next()
    if (!head || Buffer.isBuffer(head)) throw new Error('git’s answer has no head')
    response.writeHead(head.status, head.headers)
    const answered = this.pushes.passOn(served, response)
    // Who has pushed goes on when the answer ends, which is before the webhooks are told.
    await (isPush ? this.hooks.during(answered.then(() => this.#tellOfPush(name, before))) : answered)
  }

  /** Tells webhooks of each branch that a push has moved. */
  async #tellOfPush(name: string, before: readonly string[][]): Promise<void> {
    const earlier = new Map(before.map(([branch = '', commit = '']) => [branch, commit]))
    for (const [branch = '', after = ''] of await this.#branches(name)) {
      const from = earlier.get(branch) ?? noCommit
      if (from === after) continue
      this.hooks.tell({ repository: `${this.owner}/${name}`, branch, before: from, after })
    }
  }

  async #serveApi({ request, response, path }: Exchange): Promise<void> {
    const route = `${request.method} ${path.replace(/\?.*/, '')}`
    this.asked.push(route)
    const given = request.headers.authorization?.replace(/^Bearer /, '')
    const me = { id: 1, login: this.owner }
    if (route === 'GET /version') return answer(response, 200, { version: '1.21.11' })
    if (given !== this.token && given !== this.narrowToken)
      return answer(response, 401, { message: 'invalid token' })
    if (route === 'GET /user') return answer(response, 200, me)
    if (given === this.narrowToken) return answer(response, 403, { message: 'the token lacks a scope' })
    if (route === `GET /users/${this.owner}`) return answer(response, 200, me)
    if (route === 'GET /repos/search') return this.#search(response, new URL(path, this.url))
    if (route === `GET /users/${stranger.login}`) return answer(response, 200, stranger)
    if (route === `GET /orgs/${stranger.login}`) return answer(response, 404, { message: 'not found' })
    if (route === 'POST /user/repos') return this.#create(request, response)
    return this.#serveRepository({ request, response, path })
  }

  async #search(response: ServerResponse, { searchParams }: URL): Promise<void> {
    const q = searchParams.get('q')?.toLowerCase() ?? ''
    const [page, limit] = ['page', 'limit'].map((name) => Number(searchParams.get(name)))
    // `exclusive` leaves out what the user only takes part in.
    const isOfTeam = searchParams.get('uid') === '1' && searchParams.get('exclusive') === 'true'
    const others = { id: 9_999, owner: stranger.login, name: 'secret', description: '', updated: new Date(0) }
    const all = [...this.#repositories.values(), ...(isOfTeam ? [] : [others])]
    const found = all.filter(({ name }) => name.toLowerCase().includes(q))
    const first = ((page ?? 1) - 1) * (limit ?? 1)
    const shown = found.slice(first, first + (limit ?? 1))
    const data = await Promise.all(shown.map((one) => this.#shown(one)))
    answer(response, 200, { ok: true, data }, found.length)
  }

  async #create(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked: unknown = JSON.parse(await text(request))
    if (this.creation !== null) return answer(response, this.creation.status, this.creation)
    if (keptName.safeParse(asked).success) return answer(response, 422, { message: 'name is reserved' })
    const { name, description } = creation.parse(asked)
    if (this.#repositories.has(name)) return answer(response, 409, { message: 'it exists' })
    await mkdir(this.#at(name).path)
    const args = ['init', '--quiet', '--bare', '--initial-branch=main', '--template=']
    await git({ repository: this.#at(name), args })
    this.#made += 1
    const made = { id: this.#made, owner: this.owner, name, description, updated: new Date() }
    this.#repositories.set(name, made)
    this.renamed.delete(name)
    answer(response, 201, await this.#shown(made))
  }

  async #serveRepository({ request, response, path }: Exchange): Promise<void> {
    const pattern = new RegExp(`^/repos/${this.owner}/([^/?]+)(/[^?]+)?(?:\\?(.*))?$`)
    const [, name = '', what, query] = pattern.exec(path) ?? []
    const to = this.renamed.get(name)
    const location = `/api/v1/repos/${this.owner}/${to}${what ?? ''}`
    if (to !== undefined) return void response.writeHead(307, { location }).end()
    const found = this.#repositories.get(name)
    if (!found) return answer(response, 404, { message: 'not found' })
    if (what !== undefined && what !== '/branches')
      return this.#servePart({ request, response, path: what }, name)
    if (request.method === 'DELETE') {
      this.#repositories.delete(name)
      await rm(this.#at(name).path, { recursive: true })
      response.writeHead(204).end()
      return
    }
    if (what === undefined) return answer(response, 200, await this.#shown(found))
    const branches = await this.#branches(name)
    answer(response, 200, pageOfBranches(branches, new URLSearchParams(query)), branches.length)
  }

  /** One branch, webhooks, and the states of commits. */
  async #servePart({ request, response, path }: Exchange, name: string): Promise<void> {
    const repository = `${this.owner}/${name}`
    const [, part = '', ...more] = path.split('/')
    const id = more.map(decodeURIComponent).join('/')
    const asked = `${request.method} ${part}`
    const body = async (): Promise<unknown> => JSON.parse(await text(request))
    if (asked === 'GET branches') {
      const [, commit, message] = (await this.#branches(name)).find(([branch]) => branch === id) ?? []
      if (commit === undefined) return answer(response, 404, { message: 'no such branch' })
      return answer(response, 200, { name: id, commit: { id: commit, message, author: { name: '李四' } } })
    }
    if (asked === 'GET tags')
      return tagsIn(this.#at(name)).then((tags) => answer(response, 200, tags, tags.length))
    const isForbidden =
      (!this.hooks.makes && part === 'hooks') || (!this.hooks.takesStatus && part === 'statuses')
    if (isForbidden) return answer(response, 403, { message: 'the token lacks a scope' })
    if (asked === 'POST hooks' && id === '')
      return answer(response, 201, { id: this.hooks.add(repository, await body()).id, type: 'gitea' })
    if (asked === 'POST hooks') return this.#testHook({ request, response, path: id }, name)
    if (asked === 'DELETE hooks')
      return void response.writeHead(this.hooks.remove(repository, Number(id)) ? 204 : 404).end()
    if (asked === 'POST statuses') return answer(response, 201, this.hooks.mark(repository, id, await body()))
    if (asked === 'GET commits') return answer(response, 200, this.hooks.statusesOf(id.split('/')[0] ?? ''))
    answer(response, 404, { message: 'not found' })
  }

  /** `<number>/tests`: a delivery about the newest commit of the default branch. */
  async #testHook({ response, path }: Exchange, name: string): Promise<void> {
    const number = Number(path.split('/')[0])
    if (!this.hooks.all.some(({ id }) => id === number)) return void response.writeHead(404).end()
    const [branch = '', commit = ''] = (await this.#branches(name))[0] ?? []
    response.writeHead(204).end()
    const push = { repository: `${this.owner}/${name}`, branch, before: commit, after: commit }
    this.hooks.tell(push, number)
  }

  #branches = (name: string) => branchesIn(this.#at(name))

  async #shown({ id, owner, name, description, updated }: Repository) {
    const branches = owner === this.owner ? await this.#branches(name) : []
    return {
      id,
      full_name: `${owner}/${name}`,
      description,
      private: true,
      empty: branches.length === 0,
      size: 24,
      default_branch: branches[0]?.[0] ?? 'main',
      clone_url: `${this.url}/${owner}/${name}.git`,
      html_url: `${this.url}/${owner}/${name}`,
      updated_at: updated.toISOString(),
    }
  }
}
