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
 * How git reaches another repository while work is done. `lead` is null if git has the network of the machine. `failure` says why a
 * command failed; `said` is what git wrote.
 */
export type RemoteWay = { url: string; lead: Lead | null; failure: (said: string) => RemoteFailure }

/** What is fetched from where, and the most bytes that may come. It stops when the signal aborts. */
export type FetchInput = { remote: GitRemote; branch: string; mostBytes: number; signal?: AbortSignal }

/** How long one fetch or push may take, in ms. Meanwhile other changes of the same code wait. */
const timeoutMs = 600_000
/** What a server may answer to a push. */
export const pushAnswerBytes = 64 * 1024 ** 2

/** A repository of another server. */
export type GitRemote = {
  /** Does work that needs the repository, with git as an account in a sandbox. Nothing else can be reached from there. */
  during: <T>(
    git: { account: RunAs | null; sandbox: Sandbox; mostBytes: number },
    work: (way: RemoteWay) => Promise<T>,
  ) => Promise<T>
}

/**
 * Settings for commands that use another repository. Nothing but HTTP is spoken, as `ext::` would run programs and `file:` would
 * read the machine. Submodules are not followed. Objects are checked, but for faults of old versions of git that do no harm.
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
  // What a push has sent before is left out, wherever its files are (git-push-parts.ts).
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

/** Letters of what git says of an object: names of files may be part of it. */
const longestProblem = 200

/** The error for an object that git's check refused (`fetch.fsckObjects`). Null if git says something else. */
const refusedObject = (said: string): Error | null => {
  const [, object, problem = ''] = /object ([0-9a-f]{40,64}): (\w+: .*)/.exec(said) ?? []
  if (object === undefined || !said.includes('fsck')) return null
  return objectRefused({ object, problem: problem.slice(0, longestProblem) })
}

/** What a command with another repository wrote, or why it failed. */
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

/** Runs one command with another repository, and returns what it wrote. Throws what the remote says of its failure. */
async function withRemote(...call: Parameters<typeof tryRemote>): Promise<string> {
  const answer = await tryRemote(...call)
  if (!answer.ok) throw answer.error
  return answer.told
}

/** Keeps a commit in a repository, whatever becomes of the branches. */
export const pinCommit = (repository: Repository, commit: string): Promise<Buffer> =>
  git({ repository, args: ['update-ref', `refs/vitrine/kept/${commit}`, commit] })

/** Removes what a fetch that broke off has left: its pack, which may be large. */
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

/** What is told of a branch that a repository does not have. */
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

/** Follows a branch from now on, and keeps its newest commit, whatever becomes of the branch. Throws as {@link newestOf} does. */
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
 * Fetches all branches and tags of another repository, and follows one of its branches from then on. What is followed, and was before, is
 * kept, also if the other repository has forgotten it: versions were made of it. Throws `code_host.branch_not_found` and `code_host.repository_empty`.
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
