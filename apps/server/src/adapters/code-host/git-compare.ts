import type { ChangedFile, ComparedCommits } from './code-host.ts'
import { gitFailed } from './code-host.errors.ts'
import { git, gitLine, type Repository } from './git-command.ts'
import { readHistory } from './git-history.ts'

/** The maximum number of files listed. */
const mostFiles = 200
/** The maximum length of a patch, bytes. A longer one is left out. */
const mostPatchBytes = 64 * 1024
/** The maximum size of a file that is compared line by line, bytes. */
const mostFileBytes = 512 * 1024
/** The maximum size of the files that one command compares, before and after, bytes. */
const mostBatchBytes = 4 * 1024 * 1024
const noObject = /^0+$/

/**
 * Git's information about one changed file. The patch of a type change, such as from a file to a link, comes in two
 * parts.
 */
type RawChange = {
  path: string
  change: ChangedFile['change']
  blobs: string[]
  isSubmodule: boolean
  parts: 1 | 2
}

const changes: Readonly<Record<string, ChangedFile['change']>> = { A: 'added', D: 'removed' }

/** Parses the records of `git diff-tree -r -z --raw`: `:mode mode object object status`, NUL, path, NUL. */
function parseRaw(output: string): RawChange[] {
  const fields = output.split('\0')
  const found: RawChange[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode = '', newMode = '', before = '', after = '', status = ''] = (fields[at] ?? '').split(' ')
    const path = fields[at + 1]
    if (path === undefined) continue
    found.push({
      path,
      change: changes[status.charAt(0)] ?? 'changed',
      blobs: [before, after].filter((id) => !noObject.test(id)),
      isSubmodule: [oldMode.slice(1), newMode].includes('160000'),
      parts: status.startsWith('T') ? 2 : 1,
    })
  }
  return found
}

async function sizesOf(repository: Repository, blobs: readonly string[]): Promise<Map<string, number>> {
  const args = ['cat-file', '--batch-check=%(objectname) %(objectsize)']
  const output = await git({ repository, args, input: blobs.map((id) => `${id}\n`).join('') })
  const lines = output.toString('utf8').trim().split('\n')
  return new Map(lines.map((line) => line.split(' ')).map(([id = '', size]) => [id, Number(size)]))
}

type Compared = Pick<ChangedFile, 'patch' | 'added' | 'removed' | 'isBinary'>

const notCompared: Compared = { patch: null, added: null, removed: null, isBinary: false }
const linesIn = (text: string, sign: RegExp): number => text.match(sign)?.length ?? 0

/** Returns the part of a diff about one file without git's header lines, and how many lines it adds and removes. */
function patchIn(part: string): Compared {
  const start = part.search(/^--- /m)
  // Without a hunk, only the mode changed, or an empty file was added or removed.
  if (start < 0)
    return /^Binary files /m.test(part)
      ? { ...notCompared, isBinary: true }
      : { patch: part, added: 0, removed: 0, isBinary: false }
  const patch = part.slice(start)
  const hunks = patch.slice(patch.indexOf('\n@@'))
  return {
    patch: Buffer.byteLength(part) > mostPatchBytes ? null : patch,
    added: linesIn(hunks, /^\+/gm),
    removed: linesIn(hunks, /^-/gm),
    isBinary: false,
  }
}

/** Returns the patches of files by path, from one command. */
async function patchesOf(
  repository: Repository,
  commits: readonly [string, string],
  paths: readonly string[],
): Promise<Map<string, Compared>> {
  const form = ['--patch-with-raw', '-z', '--no-renames', '--no-color', '--no-ext-diff', '--no-textconv']
  const text = await readHistory(repository, ['diff-tree', '-r', ...form, ...commits, '--', ...paths])
  const end = text.indexOf('\0\0diff --git ')
  // No line of a file's content begins like this. Only the line ends that git writes separate the parts.
  const parts = text.slice(end + 2).split(/(?<=\n)(?=diff --git )/)
  const told = parseRaw(text.slice(0, end))
  if (told.reduce((sum, { parts: count }) => sum + count, 0) !== parts.length)
    throw gitFailed({ command: 'diff-tree' }, new Error('it told another number of patches than of changes'))
  return new Map(told.map(({ path, parts: count }) => [path, patchIn(parts.splice(0, count).join(''))]))
}

/**
 * Groups changes so that few commands are needed and the answer of each fits into memory. `bytesOf` is the size of a
 * file, before and after.
 */
function batchesOf(some: readonly RawChange[], bytesOf: (change: RawChange) => number): string[][] {
  const batches: string[][] = []
  let room = 0
  for (const one of some) {
    const bytes = bytesOf(one)
    const last = bytes <= room ? batches.at(-1) : undefined
    if (last) last.push(one.path)
    else batches.push([one.path])
    room = (last ? room : mostBatchBytes) - bytes
  }
  return batches
}

/** The empty tree, with which the first commit is compared. */
const emptyTree = (repository: Repository): Promise<string> =>
  gitLine({ repository, args: ['mktree'], input: '' })

/** Returns the folders that changed files are in. */
const foldersOf = (some: readonly RawChange[]): Set<string> =>
  new Set(some.flatMap(({ path }) => [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index))))

/**
 * Returns the differences between two commits: at most 200 files in the order of their paths, each with a patch of at
 * most 64 KiB. A rename is a removal and an addition. Files of more than 512 KiB are listed without a patch, so memory
 * and time are limited; so is a file that became a folder, or was one, because git would list the whole folder with it.
 *
 * @param within a file or folder; all if empty
 */
export async function compareCommits(
  repository: Repository,
  [from, to]: readonly [string | null, string],
  within = '',
): Promise<ComparedCommits> {
  const commits = [from ?? (await emptyTree(repository)), to] as const
  const raw = ['-z', '--raw', '--no-renames', '--full-index']
  const only = within === '' ? [] : ['--', within]
  const text = await readHistory(repository, ['diff-tree', '-r', ...raw, ...commits, ...only])
  const listed = parseRaw(text).filter(({ isSubmodule }) => !isSubmodule)
  const shown = listed.slice(0, mostFiles)
  const sizes = await sizesOf(
    repository,
    shown.flatMap(({ blobs }) => blobs),
  )
  const bytesOf = ({ blobs }: RawChange) => blobs.reduce((sum, id) => sum + (sizes.get(id) ?? Infinity), 0)
  const folders = foldersOf(listed)
  const small = shown.filter(
    ({ path, blobs }) =>
      !folders.has(path) && blobs.every((id) => (sizes.get(id) ?? Infinity) <= mostFileBytes),
  )
  const patches = new Map<string, Compared>()
  for (const batch of batchesOf(small, bytesOf))
    for (const [path, patch] of await patchesOf(repository, commits, batch)) patches.set(path, patch)
  const files = shown.map(({ path: at, change }) => ({
    path: at,
    change,
    ...(patches.get(at) ?? notCompared),
  }))
  return { files, cut: listed.length > shown.length }
}
