import type { ChangedFile, ComparedCommits } from './code-host.ts'
import { git } from './git-command.ts'

/** The maximum number of files listed. */
const mostFiles = 200
/** The maximum length of a patch, bytes. A longer one is left out. */
const mostPatchBytes = 64 * 1024
/** The maximum size of a file that is compared line by line, bytes. */
const mostFileBytes = 512 * 1024
const atOnce = 4
const noObject = /^0+$/

type RawChange = { path: string; change: ChangedFile['change']; blobs: string[] }

const changes: Readonly<Record<string, ChangedFile['change']>> = { A: 'added', D: 'removed' }

/**
 * Parses the records of `git diff-tree -r -z --raw`: `:mode mode object object status`, NUL, path, NUL.
 * Submodules are left out.
 */
function parseRaw(output: Buffer): RawChange[] {
  const parts = output.toString('utf8').split('\0')
  const found: RawChange[] = []
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [oldMode = '', newMode = '', before = '', after = '', status = ''] = (parts[at] ?? '').split(' ')
    const path = parts[at + 1]
    if (path === undefined || [oldMode.slice(1), newMode].includes('160000')) continue
    const blobs = [before, after].filter((id) => !noObject.test(id))
    found.push({ path, change: changes[status.charAt(0)] ?? 'changed', blobs })
  }
  return found
}

async function sizesOf(repository: string, blobs: readonly string[]): Promise<Map<string, number>> {
  const args = ['cat-file', '--batch-check=%(objectname) %(objectsize)']
  const output = await git({ repository, args, input: blobs.map((id) => `${id}\n`).join('') })
  const lines = output.toString('utf8').trim().split('\n')
  return new Map(lines.map((line) => line.split(' ')).map(([id = '', size]) => [id, Number(size)]))
}

/**
 * Returns the change of one file as a unified diff without git's header lines; null if it is binary or too
 * long.
 */
async function patchOf(
  repository: string,
  commits: readonly [string, string],
  path: string,
): Promise<string | null> {
  const form = ['-p', '--no-renames', '--no-color', '--no-ext-diff', '--no-textconv']
  const output = await git({ repository, args: ['diff-tree', '-r', ...form, ...commits, '--', path] })
  if (output.length > mostPatchBytes) return null
  const text = output.toString('utf8')
  const start = text.search(/^--- /m)
  if (start >= 0) return text.slice(start)
  // Without a hunk, only the mode changed, or an empty file was added or removed.
  return /^Binary files /m.test(text) ? null : text
}

/**
 * Returns the differences between two commits: at most 200 files in the order of their paths, each with a
 * patch of at most 64 KiB. A rename is a removal and an addition. Files of more than 512 KiB are listed
 * without a patch, so memory and time are limited.
 */
export async function compareCommits(
  repository: string,
  commits: readonly [string, string],
): Promise<ComparedCommits> {
  const listed = parseRaw(
    await git({
      repository,
      args: ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--full-index', ...commits],
    }),
  )
  const shown = listed.slice(0, mostFiles)
  const sizes = await sizesOf(
    repository,
    shown.flatMap(({ blobs }) => blobs),
  )
  const isSmall = ({ blobs }: RawChange) => blobs.every((id) => (sizes.get(id) ?? Infinity) <= mostFileBytes)
  const files: ChangedFile[] = []
  for (let at = 0; at < shown.length; at += atOnce) {
    const some = shown.slice(at, at + atOnce).map(async (one) => ({
      path: one.path,
      change: one.change,
      patch: isSmall(one) ? await patchOf(repository, commits, one.path) : null,
    }))
    files.push(...(await Promise.all(some)))
  }
  return { files, cut: listed.length > shown.length }
}
