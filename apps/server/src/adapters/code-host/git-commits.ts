import type { CommitRecord } from './code-host.ts'
import type { Repository } from './git-command.ts'
import { dateOf, readHistory } from './git-history.ts'

/** `git log -z` ends each record with NUL too, and neither a name nor a message can hold one. */
const format = '%H%x00%an%x00%ct%x00%B'
const fieldsOfRecord = 4

/**
 * The commits that lead to a commit and not to an earlier one, newest first; without an earlier one, all of its history. At most
 * `most`. With `path`, those that changed it.
 */
export async function commitsBetween(
  repository: Repository,
  { from, to, most, path }: { from: string | null; to: string; most: number; path?: string },
): Promise<CommitRecord[]> {
  const range = from === null ? [to] : [to, `^${from}`]
  const only = path === undefined ? [] : [path]
  const form = ['-z', `--max-count=${most}`, `--format=${format}`]
  const args = ['log', ...form, '--end-of-options', ...range, '--', ...only]
  const fields = (await readHistory(repository, args)).split('\0')
  const found: CommitRecord[] = []
  for (let at = 0; at + fieldsOfRecord <= fields.length; at += fieldsOfRecord) {
    const [commit = '', author = '', committedAt = '', message = ''] = fields.slice(at, at + fieldsOfRecord)
    found.push({ commit, author, committedAt: dateOf(committedAt), message: message.trimEnd() })
  }
  return found
}
