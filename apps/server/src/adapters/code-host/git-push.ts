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

/** The most that one request carries, as long as the server has not refused that: many proxies take no more than 100 MB. */
const usualBatchBytes = 64 * 1024 ** 2
/** A server that refuses this refuses any push. */
const smallestBatchBytes = 256 * 1024
/** How long a request that failed is waited for before it is sent again, in ms. */
const pausesMs = [300, 1_500, 6_000]

/** What is sent where. */
export type PushInput = {
  remote: GitRemote
  isAll: boolean
  commit?: string
  /** Told after each part of a push that takes several: how many of its bytes have arrived. */
  onSent?: (sent: { bytes: number; of: number }) => void
}

/** A push that is under way: what the other repository has by now, and how much one request may carry. */
class Push {
  readonly #repository: Repository
  readonly #remote: GitRemote
  readonly #known: string[]
  /** Commits without parents that were sent ahead. */
  readonly #staged: string[]
  /** The refs to which something was sent ahead. */
  readonly #aside: string[] = []
  #most = usualBatchBytes

  constructor(repository: Repository, remote: GitRemote, there: { known: string[]; staged: string[] }) {
    this.#repository = repository
    this.#remote = remote
    this.#known = there.known
    this.#staged = there.staged
  }

  /** Sends refs. A failure that may pass is waited for; one that does not is the answer. */
  async #send(refs: readonly string[]): Promise<RemoteAnswer> {
    const args = ['push', '--porcelain', '--no-verify', '--end-of-options']
    for (let at = 0; ; at += 1) {
      const answer = await withShallowFile(this.#repository, this.#staged, (env) =>
        tryRemote(this.#repository, { remote: this.#remote, mostBytes: pushAnswerBytes, env }, (url) => [
          ...[...args, url],
          ...refs,
        ]),
      )
      const wait = pausesMs[at]
      if (answer.ok || answer.is !== 'transient' || wait === undefined) return answer
      await pause(wait)
    }
  }

  /** Sends less at once from now on. Says whether that can help. */
  #sendsLess(): boolean {
    if (this.#most <= smallestBatchBytes) return false
    this.#most /= 2
    return true
  }

  /** Sends a commit ahead, to a ref of its own. Says whether the server has taken it; if not, less is sent at once. */
  async #stage(commit: string, files: readonly SentFile[] | null): Promise<boolean> {
    const ref = `${stagedRefsOf(this.#repository)}/${commit}`
    const answer = await this.#send([`${commit}:${ref}`])
    if (answer.ok) {
      this.#aside.push(ref)
      this.#known.push(commit)
      if (files) this.#staged.push(commit)
      return true
    }
    if (answer.is !== 'too_much') throw answer.error
    const [only] = files ?? []
    if (files?.length === 1 && only) throw fileRefused({ path: only.path, bytes: only.bytes }, answer.error)
    if (!this.#sendsLess()) throw answer.error
    return false
  }

  /** Sends the files of a commit ahead that is too large for one request. Says whether there were any. */
  async #stageFiles(commit: string): Promise<boolean> {
    const files = await filesOf(this.#repository, { tips: [commit], known: this.#known })
    for (const batch of batchesOf(files, this.#most))
      if (!(await this.#stage(await commitForFiles(this.#repository, batch), batch))) return true
    return files.length > 0
  }

  /** Sends a part of the commits ahead: as many as one request carries, or some files of the first one. */
  async #sendPart(tips: readonly string[], bytes: number): Promise<void> {
    const commits = await commitsOf(this.#repository, { tips, known: this.#known })
    const bytesTo = async (count: number) =>
      (await bytesOf(this.#repository, { tips: commits.slice(count - 1, count), known: this.#known })) ?? 0
    let count = Math.max(1, Math.floor((commits.length * this.#most) / bytes))
    while (count > 1 && (await bytesTo(count)) > this.#most) count = Math.floor(count / 2)
    const commit = commits[count - 1] ?? ''
    const isTooLarge = count === 1 && (await bytesTo(1)) > this.#most
    if (isTooLarge && (await this.#stageFiles(commit))) return
    await this.#stage(commit, null)
  }

  /** Sends refs to commits, in as many requests as it takes. Returns what git said of the refs. */
  async whole({
    tips,
    refs,
    onSent = () => undefined,
  }: { tips: readonly string[]; refs: readonly string[] } & Pick<PushInput, 'onSent'>): Promise<string> {
    let of = 0
    for (;;) {
      const bytes = await bytesOf(this.#repository, { tips, known: this.#known })
      of = Math.max(of, bytes ?? 0)
      if (bytes !== null && of > this.#most) onSent({ bytes: of - bytes, of })
      if (bytes !== null && bytes > this.#most) {
        await this.#sendPart(tips, bytes)
        continue
      }
      const answer = await this.#send(refs)
      if (answer.ok) return answer.told
      if (answer.is !== 'too_much' || bytes === null) throw answer.error
      while (this.#most >= bytes) if (!this.#sendsLess()) throw answer.error
    }
  }

  /** Removes what was sent ahead, now and by pushes that broke off. What a server keeps is removed by the next push. */
  async tidy(before: readonly string[]): Promise<void> {
    const refs = [...new Set([...before, ...this.#aside])]
    if (refs.length > 0) await this.#send(refs.map((ref) => `:${ref}`)).catch(() => undefined)
  }
}

/** The refs of the other repository: name and commit. Throws what the remote says. */
async function refsThere(repository: Repository, remote: GitRemote): Promise<[ref: string, id: string][]> {
  const answer = await tryRemote(repository, { remote, mostBytes: pushAnswerBytes }, (url) => [
    ...['ls-remote', '--quiet', '--end-of-options', url],
  ])
  if (!answer.ok) throw answer.error
  return answer.told
    .split('\n')
    .map((line) => line.split('\t'))
    .flatMap(([id = '', ref = '']) => (ref === '' ? [] : [[ref, id] as [string, string]]))
}

/**
 * Sends branches to another repository: the followed one, or all with the tags. A branch that has other commits there is not
 * changed; then the push fails. With `commit`, that is sent for the followed branch, which stays here. Says whether anything was new there.
 *
 * What is more than one request may carry goes ahead in parts, to refs of its own, which are removed at the end: commits as far as
 * they fit, and of a commit that does not fit its files. A push that broke off finds there what it has sent, and goes on.
 */
export async function pushTo(
  repository: Repository,
  { remote, isAll, commit, onSent }: PushInput,
): Promise<{ changed: boolean }> {
  const followed = await followedBranch(repository)
  const refs = isAll
    ? ['refs/heads/*:refs/heads/*', 'refs/tags/*:refs/tags/*']
    : [`${commit ?? followed}:${followed}`]
  const all = await refsThere(repository, remote)
  const there = all.filter(([ref]) => !isStagedByOther(repository, ref))
  const here = await commitsHere(repository, [...new Set(there.map(([, id]) => id))])
  const known = new Set(here)
  const isStaged = (ref: string) => isStagedBy(repository, ref)
  const staged = there.flatMap(([ref, id]) => (isStaged(ref) && known.has(id) ? [id] : []))
  const push = new Push(repository, remote, { known: here, staged: await rootsOf(repository, staged) })
  const tips = isAll ? await allTips(repository) : [commit ?? followed]
  const told = await push.whole({ tips, refs, ...(onSent && { onSent }) })
  await push.tidy(there.map(([ref]) => ref).filter(isStaged))
  // A line for each ref, with its sign before the first tab: `=` for one that was there already (git-push).
  const signs = told.split('\n').flatMap((line) => (line.includes('\t') ? [line.charAt(0)] : []))
  return { changed: signs.some((sign) => sign !== '=') }
}
