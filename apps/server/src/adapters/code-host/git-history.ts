import type { Readable } from 'node:stream'
import { visibleText } from '@vitrine/contract'
import type { BlamedLines, CodeHost, CommitInfo } from './code-host.ts'
import { gitFailed, historyLarge, historySlow } from './code-host.errors.ts'
import { mostOfHistory, tryGit, type Repository } from './git-command.ts'
import { streamGit, treeIn } from './git-tree.ts'

/** How long reading a history may take, in milliseconds. The time depends on all commits of a repository. */
const timeoutMs = 20_000
/** The longest subject, author or name of a ref that is returned, in characters. */
const longestText = 300

/** A text of a commit, cut to that length and safe to show. */
export const short = (text: string): string => visibleText(text.slice(0, longestText))
/** The latest time that a `Date` can have, in seconds. Commits can have any time. */
const lastSecond = 8_640_000_000_000
/** The time of a commit, by its seconds. Pure. */
export const dateOf = (seconds: string | undefined): Date => {
  const number = Number(seconds ?? 0)
  const within = Number.isFinite(number) ? Math.min(Math.max(number, -lastSecond), lastSecond) : 0
  return new Date(within * 1000)
}

/** Git's message when it would need more memory than it may allocate. */
const tooMuchMemory = /attempting to allocate \d+ over limit/

/**
 * Runs a command that reads the history, and ends it when it takes too long, or too much memory. Throws `code_host.slow` and
 * `code_host.history_large`.
 */
export async function readHistory(
  repository: Repository,
  args: readonly string[],
  script?: string,
): Promise<string> {
  const signal = AbortSignal.timeout(timeoutMs)
  const env = { GIT_ALLOC_LIMIT: `${mostOfHistory}m` }
  const call = { repository, args, env, signal, ...(script !== undefined && { script }) }
  const { exitCode, stdout, stderr } = await tryGit(call).catch((error: unknown) => {
    throw signal.aborted ? historySlow({ seconds: timeoutMs / 1000 }, error) : error
  })
  if (exitCode !== 0 && tooMuchMemory.test(stderr))
    throw historyLarge({ limit_bytes: mostOfHistory * 1024 ** 2 })
  if (exitCode !== 0)
    throw gitFailed({ command: args[0] ?? '' }, new Error(`exit ${exitCode}: ${stderr.trim()}`))
  return stdout.toString('utf8')
}

const blameLine = /^([0-9a-f]{40,64}) \d+ (\d+)(?: (\d+))?$/

/**
 * Parses `git blame --porcelain`, whose content lines begin with a tab. A commit is described where it occurs first.
 * With `isCut`, not all commits were read, and `boundary` marks those at which git stopped. Otherwise it marks the
 * first commit.
 */
function parseBlame(text: string, isCut: boolean): { lines: BlamedLines[]; commits: CommitInfo[] } {
  const commits = new Map<string, CommitInfo>()
  const boundaries = new Set<string>()
  const lines: Omit<BlamedLines, 'older'>[] = []
  let current: CommitInfo | undefined
  for (const record of text.split('\n')) {
    if (record.startsWith('\t')) continue
    const [, commit, line, count] = blameLine.exec(record) ?? []
    if (commit !== undefined) {
      current = commits.get(commit) ?? {
        commit,
        parents: [],
        author: '',
        email: '',
        at: dateOf('0'),
        subject: '',
      }
      commits.set(commit, current)
      if (count !== undefined) lines.push({ line: Number(line), count: Number(count), commit })
      continue
    }
    if (!current) continue
    const [key = ''] = record.split(' ', 1)
    const value = record.slice(key.length + 1)
    if (key === 'author') current.author = short(value)
    else if (key === 'author-mail') current.email = short(value.replace(/^<|>$/g, ''))
    else if (key === 'author-time') current.at = dateOf(value)
    else if (key === 'summary') current.subject = short(value)
    else if (key === 'boundary' && isCut) boundaries.add(current.commit)
  }
  return {
    lines: lines.map((each) => ({ ...each, older: boundaries.has(each.commit) })),
    commits: [...commits.values()],
  }
}

/**
 * How many of the newest commits are searched for changes of a file. Searching all of them would take as long as the
 * rest.
 */
const newestCommits = 20_000

/**
 * Prints the commit of a file before its newest `$1` changes, or an empty line, and then who wrote the lines `$2` of
 * the file since. Without this limit, git would compare each version of a file with the previous one until it knows the
 * author of every line. That can be tens of thousands of versions.
 */
const blameBack = `since=$(git log -1 --skip=${newestCommits} --no-show-signature --format=%ct "$3" --)
older=$(git rev-list --skip="$1" --max-count=1 \${since:+"--max-age=$since"} "$3" -- "$4")
echo "$older"
exec git blame --porcelain -L "$2" \${older:+"^$older"} "$3" -- "$4"`

/**
 * Which commits wrote lines of a text file last. The newest `back` changes of the file are read, or all if `back` is
 * null. `from` must not be after its last line.
 */
export async function readBlame(
  repository: Repository,
  { commit, path, from, count, back }: Parameters<CodeHost['blame']>[1],
): Promise<{ lines: BlamedLines[]; commits: CommitInfo[] }> {
  const range = `${from},+${count}`
  if (back === null)
    return parseBlame(
      await readHistory(repository, ['blame', '--porcelain', '-L', range, commit, '--', path]),
      false,
    )
  const told = await readHistory(repository, [String(back), range, commit, path], blameBack)
  const end = told.indexOf('\n')
  return parseBlame(told.slice(end + 1), end > 0)
}

/** Streams all files of a commit, or of one folder of it, as an archive, in a folder of this name. */
export const openArchive = (
  repository: Repository,
  {
    commit,
    within,
    format,
    folder,
  }: { commit: string; within?: string; format: 'zip' | 'tar.gz'; folder: string },
): Readable =>
  streamGit(repository, ['archive', `--format=${format}`, `--prefix=${folder}/`, treeIn(commit, within)])
