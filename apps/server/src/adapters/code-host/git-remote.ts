import type { RunAs } from '../../lib/run-command.ts'
import type { Sandbox } from '../../lib/sandbox/sandbox.ts'
import { branchNotFound, repositoryEmpty } from './code-host.errors.ts'
import { git, gitLine, runAsOwner, tryGit, type GitCall, type Lead, type Repository } from './git-command.ts'

/**
 * How git reaches another repository while work is done. `lead` is null if git has the network of the machine. `failure` gives the
 * error for a command that failed; `said` is what git wrote.
 */
export type RemoteWay = { url: string; lead: Lead | null; failure: (said: string) => Error }

/** A repository of another server. */
export type GitRemote = {
  /** Does work that needs the repository, with git as an account in a sandbox. Nothing else can be reached from there. */
  during: <T>(
    git: { account: RunAs | null; sandbox: Sandbox },
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
]

/** The followed branch of a repository, `refs/heads/…`. */
const followedBranch = async (repository: Repository): Promise<string> =>
  (await git({ repository, args: ['symbolic-ref', 'HEAD'] })).toString('utf8').trim()

async function commitAt(repository: Repository, ref: string): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]
  const { exitCode, stdout } = await tryGit({ repository, args })
  return exitCode === 0 ? stdout.toString('utf8').trim() : null
}

/** Runs one command with another repository. Throws what the remote says of its failure. */
async function withRemote(
  remote: GitRemote,
  call: Omit<GitCall, 'args'>,
  argsFor: (url: string) => string[],
): Promise<void> {
  const { runAs } = runAsOwner(call.repository.path)
  const { sandbox } = call.repository
  await remote.during({ account: runAs ?? null, sandbox }, async ({ url, lead, failure }) => {
    const made = { ...call, args: argsFor(url), more: remoteSettings, ...(lead && { lead }) }
    const { exitCode, stderr } = await tryGit(made)
    if (exitCode !== 0) throw failure(stderr)
  })
}

/** The newest commit of the followed branch, and the first line of its message. */
export type Fetched = { commit: string; subject: string; changed: boolean }

/**
 * Fetches all branches and tags of another repository, and follows one of its branches from then on. What was followed before is
 * kept, also if the other repository has forgotten it: versions were made of it. Throws `code_host.branch_not_found` and `code_host.repository_empty`.
 */
export async function fetchFrom(
  repository: Repository,
  remote: GitRemote,
  { branch, signal }: { branch: string; signal?: AbortSignal | undefined },
): Promise<Fetched> {
  const before = await commitAt(repository, 'HEAD')
  if (before !== null)
    await git({ repository, args: ['update-ref', `refs/vitrine/followed/${before}`, before] })
  await withRemote(remote, { repository, ...(signal && { signal }) }, (url) => [
    ...['fetch', '--quiet', '--force', '--prune', '--no-tags', '--no-write-fetch-head', '--end-of-options'],
    ...[url, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'],
  ])
  const commit = await commitAt(repository, `refs/heads/${branch}`)
  if (commit === null) {
    const any = await gitLine({ repository, args: ['for-each-ref', '--count=1', 'refs/heads'] })
    throw any === '' ? repositoryEmpty({}) : branchNotFound({ branch })
  }
  await git({ repository, args: ['symbolic-ref', 'HEAD', `refs/heads/${branch}`] })
  const subject = await gitLine({ repository, args: ['log', '-1', '--format=%s', commit] })
  return { commit, subject, changed: commit !== before }
}

/**
 * Sends branches to another repository: the followed one, or all with the tags. A branch that has other commits there is not
 * changed; then the push fails.
 */
export async function pushTo(
  repository: Repository,
  remote: GitRemote,
  { isAll, signal }: { isAll: boolean; signal?: AbortSignal | undefined },
): Promise<void> {
  const followed = await followedBranch(repository)
  const refs = isAll ? ['refs/heads/*:refs/heads/*', 'refs/tags/*:refs/tags/*'] : [`${followed}:${followed}`]
  await withRemote(remote, { repository, ...(signal && { signal }) }, (url) => [
    ...['push', '--quiet', '--no-verify', '--end-of-options', url, ...refs],
  ])
}
