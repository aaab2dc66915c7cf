import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { git, gitLine, tryGit, type Repository } from './git-command.ts'

const stagedRefs = 'refs/vitrine/staged'

/**
 * The refs in the other repository that keep the staged parts of a push until the push is complete. Several
 * repositories of the platform may push to the same one at the same time, each for its own folder, and each removes
 * only its own staged parts.
 */
export const stagedRefsOf = ({ path }: Repository): string => `${stagedRefs}/${basename(path, '.git')}`

/**
 * Whether a ref there was staged for another repository of the platform. It may disappear at any moment. Older
 * platforms did not put names into these refs.
 */
export const isStagedByOther = (repository: Repository, ref: string): boolean =>
  ref.startsWith(`${stagedRefs}/`) &&
  ref.slice(stagedRefs.length + 1).includes('/') &&
  !ref.startsWith(`${stagedRefsOf(repository)}/`)

/** Whether a ref there was staged by a push of this repository, including an interrupted one. */
export const isStagedBy = (repository: Repository, ref: string): boolean =>
  ref.startsWith(`${stagedRefs}/`) && !isStagedByOther(repository, ref)

/** The commits to send, and the commits that the other repository already has. */
type Range = { tips: readonly string[]; known: readonly string[] }

const rangeInput = ({ tips, known }: Range): string =>
  [...tips, ...known.map((commit) => `^${commit}`)].map((line) => `${line}\n`).join('')

/** Reads what commits a range has. `--objects-edge-aggressive` leaves out each file of a known commit, wherever it is. */
const listArgs = (more: readonly string[]) => ['rev-list', ...more, '--stdin']

/** The bytes that a range takes here, which is about what is sent. Null if this git cannot tell (before 2.31). */
export async function bytesOf(repository: Repository, range: Range): Promise<number | null> {
  const args = listArgs(['--objects-edge-aggressive', '--disk-usage'])
  const { exitCode, stdout } = await tryGit({ repository, args, input: rangeInput(range) })
  // Known commits are printed too, each on its own line.
  const last = stdout.toString('utf8').trim().split('\n').at(-1)
  return exitCode === 0 ? Number(last) : null
}

/** The commits of a range, those first that others are made of. */
export async function commitsOf(repository: Repository, range: Range): Promise<string[]> {
  const args = listArgs(['--reverse', '--topo-order'])
  const told = await git({ repository, args, input: rangeInput(range) })
  return told.toString('utf8').trim().split('\n')
}

/** Which of these commits exist here. */
export async function commitsHere(repository: Repository, commits: readonly string[]): Promise<string[]> {
  const args = ['cat-file', '--batch-check=%(objectname) %(objecttype)']
  const told = await git({ repository, args, input: commits.map((id) => `${id}^{commit}\n`).join('') })
  return told
    .toString('utf8')
    .split('\n')
    .flatMap((line) => /^([0-9a-f]{40,64}) commit$/.exec(line)?.[1] ?? [])
}

/** Which of these commits have no parents. */
export async function rootsOf(repository: Repository, commits: readonly string[]): Promise<string[]> {
  if (commits.length === 0) return []
  const args = listArgs(['--no-walk', '--max-parents=0'])
  const told = await git({ repository, args, input: rangeInput({ tips: commits, known: [] }) })
  return told.toString('utf8').split('\n').filter(Boolean)
}

/** The commits of all branches and tags. */
export async function allTips(repository: Repository): Promise<string[]> {
  const args = ['for-each-ref', '--format=%(objectname)', 'refs/heads', 'refs/tags']
  return (await git({ repository, args })).toString('utf8').split('\n').filter(Boolean)
}

/** A file that is to be sent. */
export type SentFile = { id: string; path: string; bytes: number }

/** The files of a range, with the bytes that they take here. */
export async function filesOf(repository: Repository, range: Range): Promise<SentFile[]> {
  const args = listArgs(['--objects-edge-aggressive'])
  const listed = await git({ repository, args, input: rangeInput(range) })
  const paths = new Map(
    listed
      .toString('utf8')
      .split('\n')
      .filter((line) => /^[0-9a-f]/.test(line) && line.includes(' '))
      .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
  )
  const check = ['cat-file', '--batch-check=%(objectname) %(objecttype) %(objectsize:disk)']
  const input = [...paths.keys()].map((id) => `${id}\n`).join('')
  const sizes = await git({ repository, args: check, input })
  return sizes
    .toString('utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, type]) => type === 'blob')
    .map(([id = '', , bytes]) => ({ id, path: paths.get(id) ?? '', bytes: Number(bytes) }))
}

/** Groups files into batches of at most `most` bytes. A larger file is alone in its batch. Pure. */
export function batchesOf(files: readonly SentFile[], most: number): SentFile[][] {
  const batches: SentFile[][] = []
  let bytes = 0
  for (const file of files) {
    const last = bytes + file.bytes <= most ? batches.at(-1) : undefined
    if (last) last.push(file)
    else batches.push([file])
    bytes = (last ? bytes : 0) + file.bytes
  }
  return batches
}

/**
 * The author and time of staged commits are fixed, so that the same files give the same commit, and a continued push
 * finds what was already sent.
 */
const stagedBy = {
  GIT_AUTHOR_NAME: 'vitrine',
  GIT_AUTHOR_EMAIL: 'vitrine',
  GIT_AUTHOR_DATE: '1000000000 +0000',
  GIT_COMMITTER_NAME: 'vitrine',
  GIT_COMMITTER_EMAIL: 'vitrine',
  GIT_COMMITTER_DATE: '1000000000 +0000',
}

/** Makes a commit of some files, which no branch has, so that they can be staged before the commit that they belong to. */
export async function commitForFiles(repository: Repository, files: readonly SentFile[]): Promise<string> {
  const entries = files.map(({ id }, at) => `100644 blob ${id}\t${String(at).padStart(6, '0')}\0`).join('')
  const tree = await gitLine({ repository, args: ['mktree', '-z'], input: entries })
  return gitLine({ repository, args: ['commit-tree', '-m', 'sent ahead', tree], env: stagedBy })
}

/**
 * Runs `use` with a shallow file that names staged commits without parents. Usually git leaves out only files that are
 * in the parents of the sent commits, and no sent commit has a staged one as its parent. In a shallow repository it
 * leaves out the files of every commit that the other side has (`--objects-edge-aggressive`), so staged files are not
 * sent again.
 */
export async function withShallowFile<T>(
  { path }: Repository,
  commits: readonly string[],
  use: (env: Record<string, string>) => Promise<T>,
): Promise<T> {
  if (commits.length === 0) return use({})
  const file = join(path, `staged-${randomUUID()}`)
  try {
    await writeFile(file, commits.map((commit) => `${commit}\n`).join(''), { flag: 'wx', mode: 0o644 })
    return await use({ GIT_SHALLOW_FILE: file })
  } finally {
    await rm(file, { force: true })
  }
}
