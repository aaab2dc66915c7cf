import { visibleText } from '@vitrine/contract'
import type { RunAs } from '../../lib/run-command.ts'
import type { Lead } from '../../lib/sandbox/relay.ts'
import type { Sandbox } from '../../lib/sandbox/sandbox.ts'
import {
  branchNotFound,
  objectRefused,
  remoteSlow,
  repositoryEmpty,
  tagNotFound,
} from './code-host.errors.ts'
import { git, gitLine, runAsOwner, tryGit, type Repository } from './git-command.ts'

/**
 * Why a command with another repository failed. `transient`: it may work in a moment. `too_much`: the server takes no request of that
 * size.
 */
export type RemoteFailure = { error: Error; is: 'transient' | 'too_much' | 'final' }

/**
 * How git reaches another repository during some work. `lead` is null if git has the network of the machine. `failure`
 * says why a command failed; `said` is what git wrote.
 */
export type RemoteWay = { url: string; lead: Lead | null; failure: (said: string) => RemoteFailure }

/** What is fetched from where, and the most bytes that may come. It stops when the signal aborts. */
export type FetchInput = { remote: GitRemote; branch: string; mostBytes: number; signal?: AbortSignal }

/** How long one fetch or push may take, in ms. Meanwhile other changes of the same code wait. */
const timeoutMs = 600_000
/** The longest answer of a server to a push, in bytes. */
export const pushAnswerBytes = 64 * 1024 ** 2

/** A repository of another server. */
export type GitRemote = {
  /**
   * Does work that needs the repository. Git runs as an account in a sandbox, from which nothing else can be reached.
   */
  during: <T>(
    git: { account: RunAs | null; sandbox: Sandbox; mostBytes: number },
    work: (way: RemoteWay) => Promise<T>,
  ) => Promise<T>
}

/**
 * Settings for commands that use another repository. Only HTTP is allowed, because `ext::` would run programs and
 * `file:` would read files of the machine. Submodules are not followed. Objects are checked, except for harmless errors
 * of old versions of git.
 */
const remoteSettings: readonly (readonly [string, string])[] = [
  ['protocol.allow', 'never'],
  ['protocol.http.allow', 'always'],
  ['http.followRedirects', 'false'],
  ['credential.helper', ''],
  ['fetch.recurseSubmodules', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['fetch.fsckObjects', 'true'],
  ['fetch.fsck.zeroPaddedFilemode', 'ignore'],
  ['fetch.fsck.badTimezone', 'ignore'],
  ['fetch.fsck.missingSpaceBeforeDate', 'ignore'],
  ['gc.auto', '0'],
  // Files that a push has already sent are left out, at any path (see git-push-parts.ts).
  ['pack.useSparse', 'false'],
]

/** The followed branch of a repository, `refs/heads/…`. */
export const followedBranch = async (repository: Repository): Promise<string> =>
  (await git({ repository, args: ['symbolic-ref', 'HEAD'] })).toString('utf8').trim()

async function commitAt(repository: Repository, ref: string): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]
  const { exitCode, stdout } = await tryGit({ repository, args })
  return exitCode === 0 ? stdout.toString('utf8').trim() : null
}

/** The error for a branch or tag that the other repository does not have. Null if git says something else. */
const missingRef = (said: string): Error | null => {
  const [, kind, name = ''] = /couldn't find remote ref refs\/(heads|tags)\/(\S+)/.exec(said) ?? []
  if (kind === undefined) return null
  return kind === 'tags' ? tagNotFound({ tag: name }) : branchNotFound({ branch: name })
}

/** The longest message of git about an object, in characters. File names may be part of it. */
const longestProblem = 200

/** The error for an object that git's check refused (`fetch.fsckObjects`). Null if git says something else. */
const refusedObject = (said: string): Error | null => {
  const [, object, problem = ''] = /object ([0-9a-f]{40,64}): (\w+: .*)/.exec(said) ?? []
  if (object === undefined || !said.includes('fsck')) return null
  return objectRefused({ object, problem: problem.slice(0, longestProblem) })
}

/** The output of a command with another repository, or why it failed. */
export type RemoteAnswer = { ok: true; told: string } | ({ ok: false } & RemoteFailure)

/** Runs one command with another repository. Throws the reason of a signal that aborts. */
export async function tryRemote(
  repository: Repository,
  {
    remote,
    mostBytes,
    env,
    signal: given,
  }: { remote: GitRemote; mostBytes: number; env?: Record<string, string>; signal?: AbortSignal | undefined },
  argsFor: (url: string) => string[],
): Promise<RemoteAnswer> {
  const { runAs } = runAsOwner(repository.path)
  const { sandbox } = repository
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = given ? AbortSignal.any([given, timeout]) : timeout
  return remote.during({ account: runAs ?? null, sandbox, mostBytes }, async ({ url, lead, failure }) => {
    const call = {
      repository,
      args: argsFor(url),
      more: remoteSettings,
      signal,
      ...(lead && { lead }),
      ...(env && { env }),
    }
    const { exitCode, stdout, stderr } = await tryGit(call).catch((error: unknown) => {
      given?.throwIfAborted()
      throw timeout.aborted ? remoteSlow({ seconds: timeoutMs / 1000 }, error) : error
    })
    if (exitCode === 0) return { ok: true, told: stdout.toString('utf8') }
    const known = missingRef(stderr) ?? refusedObject(stderr)
    return {
      ok: false,
      ...(known ? { error: known, is: 'final' } : failure(`${stdout.toString('utf8')}\n${stderr}`)),
    }
  })
}

/** Runs one command with another repository, and returns its output. Throws the error of the remote. */
async function withRemote(...call: Parameters<typeof tryRemote>): Promise<string> {
  const answer = await tryRemote(...call)
  if (!answer.ok) throw answer.error
  return answer.told
}

/** Keeps a commit in a repository even if its branches change or are deleted. */
export const pinCommit = (repository: Repository, commit: string): Promise<Buffer> =>
  git({ repository, args: ['update-ref', `refs/vitrine/kept/${commit}`, commit] })

/** Removes the pack of an interrupted fetch, which may be large. */
const removeLeftPacks = (repository: Repository) => tryGit({ repository, args: ['prune', '--expire=now'] })

const fetchArgs = (more: string[], url: string, refs: string[]) => [
  ...['fetch', '--quiet', '--force', '--no-tags', '--no-write-fetch-head', ...more, '--end-of-options', url],
  ...refs,
]

const subjectOf = (repository: Repository, commit: string): Promise<string> =>
  gitLine({ repository, args: ['log', '-1', '--format=%s', commit] })

/** The commit of a tag, and the first line of its message. Throws `code_host.tag_not_found`. */
export async function taggedIn(
  repository: Repository,
  tag: string,
): Promise<{ commit: string; subject: string }> {
  const commit = await commitAt(repository, `refs/tags/${tag}`)
  if (commit === null) throw tagNotFound({ tag })
  return { commit, subject: await subjectOf(repository, commit) }
}

/** The error for a branch that a repository does not have. */
async function missingBranch(repository: Repository, branch: string): Promise<Error> {
  const any = await gitLine({ repository, args: ['for-each-ref', '--count=1', 'refs/heads'] })
  return any === '' ? repositoryEmpty({}) : branchNotFound({ branch })
}

/** The newest commit of a branch. Throws `code_host.branch_not_found` and `code_host.repository_empty`. */
export async function newestOf(repository: Repository, branch: string): Promise<Newest> {
  const form = ['--no-show-signature', '--format=%H%n%s%n%an%n%B', '--end-of-options']
  const args = ['log', '-1', ...form, `refs/heads/${branch}`, '--']
  const { exitCode, stdout } = await tryGit({ repository, args })
  if (exitCode !== 0) throw await missingBranch(repository, branch)
  const [commit = '', subject = '', author = '', ...message] = stdout.toString('utf8').split('\n')
  return { commit, subject, author: visibleText(author), message: visibleText(message.join('\n').trimEnd()) }
}

/**
 * Follows a branch from now on, and keeps its newest commit even if the branch changes. Throws what {@link newestOf}
 * throws.
 */
async function follow(repository: Repository, branch: string): Promise<{ commit: string; subject: string }> {
  const script = `git log -1 --no-show-signature --format=%H%n%s --end-of-options "$1" --
    git symbolic-ref HEAD "$1"
    git update-ref "refs/vitrine/kept/$(git rev-parse HEAD)" HEAD`
  const { exitCode, stdout } = await tryGit({ repository, script, args: [`refs/heads/${branch}`] })
  if (exitCode !== 0) throw await missingBranch(repository, branch)
  const [commit = '', subject = ''] = stdout.toString('utf8').split('\n')
  return { commit, subject }
}
/** The newest commit of a branch. `subject` is the first line of its message. */
export type Newest = { commit: string; subject: string; author: string; message: string }

/** The newest commit of the followed branch, and the first line of its message. */
export type Fetched = { commit: string; subject: string; changed: boolean }

/** Keeps the newest commit of the followed branch, and returns it; null if there is none. */
async function pinFollowed(repository: Repository): Promise<string | null> {
  const script = `before=$(git rev-parse --verify --quiet 'HEAD^{commit}') || exit 0
    git update-ref "refs/vitrine/kept/$before" "$before"
    echo "$before"`
  const before = await gitLine({ repository, script, args: [] })
  return before === '' ? null : before
}

/**
 * Fetches all branches and tags of another repository, and follows one of its branches from then on. The newest commits
 * of the present and the former followed branch are kept even if the other repository forgets them, because versions
 * were made from them. Throws `code_host.branch_not_found` and `code_host.repository_empty`.
 */
export async function fetchFrom(repository: Repository, { branch, ...from }: FetchInput): Promise<Fetched> {
  const before = await pinFollowed(repository)
  const refs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']
  try {
    await withRemote(repository, from, (url) => fetchArgs(['--prune'], url, refs))
  } catch (error) {
    await removeLeftPacks(repository)
    throw error
  }
  const { commit, subject } = await follow(repository, branch)
  return { commit, subject, changed: commit !== before }
}

/** Fetches the newest commit of one branch, or a tag, into an empty repository, without its history. Throws as {@link fetchFrom} does. */
export async function fetchNewest(
  repository: Repository,
  { branch, tag, ...from }: FetchInput & { tag?: string },
): Promise<string> {
  const ref = tag === undefined ? `refs/heads/${branch}` : `refs/tags/${tag}`
  await withRemote(repository, from, (url) => fetchArgs(['--depth=1'], url, [`+${ref}:${ref}`]))
  return gitLine({ repository, args: ['rev-parse', '--verify', `${ref}^{commit}`] })
}
