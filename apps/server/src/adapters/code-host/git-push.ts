import { setTimeout as pause } from 'node:timers/promises'
import { fileRefused } from './code-host.errors.ts'
import type { Repository } from './git-command.ts'
import {
  allTips,
  batchesOf,
  bytesOf,
  commitForFiles,
  commitsHere,
  commitsOf,
  filesOf,
  rootsOf,
  isStagedBy,
  isStagedByOther,
  stagedRefsOf,
  withShallowFile,
  type SentFile,
} from './git-push-parts.ts'
import {
  followedBranch,
  pushAnswerBytes,
  tryRemote,
  type GitRemote,
  type RemoteAnswer,
} from './git-remote.ts'

/**
 * The most bytes that one request carries at first. Many proxies accept no more than 100 MB. The number gets smaller
 * when the server refuses a request.
 */
export const usualBatchBytes = 64 * 1024 ** 2
/** A server that refuses this refuses any push. */
const smallestBatchBytes = 256 * 1024
/** The pauses before a failed request is sent again, in milliseconds. */
const pausesMs = [300, 1_500, 6_000]

/** The input of a push: what is sent, and to which repository. */
export type PushInput = {
  remote: GitRemote
  isAll: boolean
  commit?: string
  /** Called after each part of a push in several parts, with the number of bytes that have arrived. */
  onSent?: (sent: { bytes: number; of: number }) => void
  /** The push stops when it aborts. What was staged stays until the next push. */
  signal?: AbortSignal | undefined
}

/** Waits for some milliseconds, or throws the reason of the signal as soon as it aborts. */
async function pauseFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await pause(ms, undefined, { ...(signal && { signal }) })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}

/**
 * A push in progress: what the other repository already has, and how much one request may carry. If a push is larger,
 * its parts are sent before the refs. Each part is staged, which means that it is sent to its own temporary ref.
 */
class Push {
  readonly #repository: Repository
  readonly #remote: GitRemote
  readonly #signal: AbortSignal | undefined
  /** The commits that the other repository has. */
  readonly #known: string[]
  /** The known commits without parents. They were made for staged files (`withShallowFile`). */
  readonly #stagedRoots: string[]
  /** The refs that this push has made for what it staged. */
  readonly #stagedRefs: string[] = []
  /** The most that one request carries. */
  #batchBytes = usualBatchBytes

  constructor(
    repository: Repository,
    { remote, signal }: Pick<PushInput, 'remote' | 'signal'>,
    there: { known: string[]; stagedRoots: string[] },
  ) {
    this.#repository = repository
    this.#remote = remote
    this.#signal = signal
    this.#known = there.known
    this.#stagedRoots = there.stagedRoots
  }

  /** Sends refs. After a temporary failure it tries again later. Resolves with any other failure. */
  async #send(refs: readonly string[]): Promise<RemoteAnswer> {
    const args = ['push', '--porcelain', '--no-verify', '--end-of-options']
    const signal = this.#signal
    const about = { remote: this.#remote, mostBytes: pushAnswerBytes, signal }
    for (let at = 0; ; at += 1) {
      const answer = await withShallowFile(this.#repository, this.#stagedRoots, (env) =>
        tryRemote(this.#repository, { ...about, env }, (url) => [...args, url, ...refs]),
      )
      const wait = pausesMs[at]
      if (answer.ok || answer.is !== 'transient' || wait === undefined) return answer
      await pauseFor(wait, signal)
    }
  }

  /**
   * Halves the size of a request after the server has refused one. Throws the refusal if the size is already the
   * smallest.
   */
  #halveBatch(refusal: Error): void {
    if (this.#batchBytes <= smallestBatchBytes) throw refusal
    this.#batchBytes /= 2
  }

  /** Stages a commit. Returns the error if the request is too large for the server, and throws every other error. */
  async #stage(commit: string): Promise<Error | null> {
    const ref = `${stagedRefsOf(this.#repository)}/${commit}`
    const answer = await this.#send([`${commit}:${ref}`])
    if (!answer.ok && answer.is === 'too_much') return answer.error
    if (!answer.ok) throw answer.error
    this.#stagedRefs.push(ref)
    this.#known.push(commit)
    return null
  }

  /** Stages files in batches, until all have arrived or the server refuses a batch. */
  async #stageFiles(files: readonly SentFile[]): Promise<void> {
    for (const batch of batchesOf(files, this.#batchBytes)) {
      const root = await commitForFiles(this.#repository, batch)
      const refusal = await this.#stage(root)
      if (refusal !== null) {
        const [only] = batch
        if (batch.length === 1 && only) throw fileRefused({ path: only.path, bytes: only.bytes }, refusal)
        return this.#halveBatch(refusal)
      }
      this.#stagedRoots.push(root)
    }
  }

  /** The bytes of a commit and of all before it that the other repository does not have. */
  async #bytesTo(commit: string | undefined): Promise<number> {
    const tips = commit === undefined ? [] : [commit]
    return (await bytesOf(this.#repository, { tips, known: this.#known })) ?? 0
  }

  /**
   * Stages the next part of the commits, which together take this many bytes: as many commits as one request carries,
   * or files of the first commit if it alone is too large. The next measurement shows how much has arrived.
   */
  async #stagePart(tips: readonly string[], bytes: number): Promise<void> {
    const commits = await commitsOf(this.#repository, { tips, known: this.#known })
    let count = Math.max(1, Math.floor((commits.length * this.#batchBytes) / bytes))
    while (count > 1 && (await this.#bytesTo(commits[count - 1])) > this.#batchBytes)
      count = Math.floor(count / 2)
    const commit = commits[count - 1] ?? ''
    const isTooMuch = count === 1 && (await this.#bytesTo(commits[0])) > this.#batchBytes
    const files = isTooMuch ? await filesOf(this.#repository, { tips: [commit], known: this.#known }) : []
    if (files.length > 0) return this.#stageFiles(files)
    const refusal = await this.#stage(commit)
    if (refusal !== null) this.#halveBatch(refusal)
  }

  /** Sends refs with their commits, in as many requests as necessary. Returns git's output about the refs. */
  async whole({
    tips,
    refs,
    onSent = () => undefined,
  }: { tips: readonly string[]; refs: readonly string[] } & Pick<PushInput, 'onSent'>): Promise<string> {
    let of = 0
    for (;;) {
      this.#signal?.throwIfAborted()
      const bytes = await bytesOf(this.#repository, { tips, known: this.#known })
      of = Math.max(of, bytes ?? 0)
      if (bytes !== null && of > this.#batchBytes) onSent({ bytes: of - bytes, of })
      if (bytes !== null && bytes > this.#batchBytes) {
        await this.#stagePart(tips, bytes)
        continue
      }
      const answer = await this.#send(refs)
      if (answer.ok) return answer.told
      if (answer.is !== 'too_much' || bytes === null) throw answer.error
      // The server has refused a request of this size, so the size must become smaller than the whole push.
      while (this.#batchBytes >= bytes) this.#halveBatch(answer.error)
    }
  }

  /**
   * Removes what was staged by this push and by interrupted ones. If the server does not remove something, the next
   * push does.
   */
  async tidy(before: readonly string[]): Promise<void> {
    const refs = [...new Set([...before, ...this.#stagedRefs])]
    if (refs.length > 0) await this.#send(refs.map((ref) => `:${ref}`)).catch(() => undefined)
  }
}

/** The refs of the other repository: name and commit. Throws what the remote says. */
export async function refsThere(
  repository: Repository,
  { remote, signal }: Pick<PushInput, 'remote' | 'signal'>,
): Promise<[ref: string, id: string][]> {
  const answer = await tryRemote(repository, { remote, mostBytes: pushAnswerBytes, signal }, (url) => [
    ...['ls-remote', '--quiet', '--end-of-options', url],
  ])
  if (!answer.ok) throw answer.error
  return answer.told
    .split('\n')
    .map((line) => line.split('\t'))
    .flatMap(([id = '', ref = '']) => (ref === '' ? [] : [[ref, id] as [string, string]]))
}

/**
 * Sends branches to another repository: the followed one, or all with the tags. A branch with other commits there is
 * not changed, and the push fails. With `commit`, the followed branch there is moved to it, and the branch here does
 * not change. Resolves with whether anything was new there.
 *
 * A push that is larger than one request is staged in parts, at temporary refs that are removed at the end. Parts are
 * whole commits if they fit, or else files of a commit. An interrupted push finds its staged parts there and continues.
 */
export async function pushTo(
  repository: Repository,
  { remote, isAll, commit, onSent, signal }: PushInput,
): Promise<{ changed: boolean }> {
  const followed = await followedBranch(repository)
  const refs = isAll
    ? ['refs/heads/*:refs/heads/*', 'refs/tags/*:refs/tags/*']
    : [`${commit ?? followed}:${followed}`]
  const all = await refsThere(repository, { remote, signal })
  const there = all.filter(([ref]) => !isStagedByOther(repository, ref))
  const here = await commitsHere(repository, [...new Set(there.map(([, id]) => id))])
  const known = new Set(here)
  const isStaged = (ref: string) => isStagedBy(repository, ref)
  const staged = there.flatMap(([ref, id]) => (isStaged(ref) && known.has(id) ? [id] : []))
  const stagedRoots = await rootsOf(repository, staged)
  const push = new Push(repository, { remote, signal }, { known: here, stagedRoots })
  const tips = isAll ? await allTips(repository) : [commit ?? followed]
  const told = await push.whole({ tips, refs, ...(onSent && { onSent }) })
  await push.tidy(there.map(([ref]) => ref).filter(isStaged))
  // A line for each ref, with its sign before the first tab: `=` for one that was there already (git-push).
  const signs = told.split('\n').flatMap((line) => (line.includes('\t') ? [line.charAt(0)] : []))
  return { changed: signs.some((sign) => sign !== '=') }
}
