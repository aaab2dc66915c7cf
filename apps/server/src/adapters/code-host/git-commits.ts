import { visibleText } from '@vitrine/contract'
import type { CommitInfo, CommitRecord } from './code-host.ts'
import type { Repository } from './git-command.ts'
import { dateOf, readHistory, short } from './git-history.ts'

/**
 * Reads these fields (git-log, PRETTY FORMATS) of the commits of a range, newest first; with a path, of those that
 * changed it. Renames are not followed, because that needs all commits. `git log -z` ends each record with NUL, and
 * neither a name nor a message can contain NUL.
 */
async function readFields(
  repository: Repository,
  {
    fields,
    bounds,
    range,
    path = '',
  }: {
    fields: readonly string[]
    bounds: readonly string[]
    range: readonly string[]
    path?: string | undefined
  },
): Promise<string[][]> {
  const form = ['-z', '--no-color', '--no-show-signature', `--format=tformat:${fields.join('%x00')}`]
  const only = path === '' ? [] : [path]
  const text = await readHistory(repository, [
    ...['log', ...form, ...bounds, '--end-of-options', ...range, '--', ...only],
  ])
  const values = text.split('\0')
  const count = Math.floor(values.length / fields.length)
  return Array.from({ length: count }, (_, at) => values.slice(at * fields.length, (at + 1) * fields.length))
}

/**
 * The commits that lead to a commit and not to an earlier one, newest first; without an earlier one, all of its history. At most
 * `most`. With `path`, those that changed it.
 */
export async function commitsBetween(
  repository: Repository,
  { from, to, most, path }: { from: string | null; to: string; most: number; path?: string },
): Promise<CommitRecord[]> {
  const found = await readFields(repository, {
    fields: ['%H', '%an', '%ct', '%B'],
    bounds: [`--max-count=${most}`],
    range: from === null ? [to] : [to, `^${from}`],
    path,
  })
  return found.map(([commit = '', author = '', committedAt, message = '']) => ({
    commit,
    author: visibleText(author),
    committedAt: dateOf(committedAt),
    message: visibleText(message.trimEnd()),
  }))
}

/** A part of the history of a commit, newest first. With a path, only the commits that changed it. */
export async function readLog(
  repository: Repository,
  { commit, path, skip, limit }: { commit: string; path: string; skip: number; limit: number },
): Promise<CommitInfo[]> {
  const found = await readFields(repository, {
    fields: ['%H', '%P', '%an', '%ae', '%at', '%s'],
    bounds: [`--skip=${skip}`, `--max-count=${limit}`],
    range: [commit],
    path,
  })
  return found.map(([id = '', parents = '', author = '', email = '', at, subject = '']) => ({
    commit: id,
    author: short(author),
    email: short(email),
    at: dateOf(at),
    subject: short(subject),
    parents: parents.split(' ').filter((one) => one !== ''),
  }))
}
