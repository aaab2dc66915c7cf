import { createHash } from 'node:crypto'
import { git, type Repository } from './git-command.ts'

/** The name that git gives to a file with these contents, wherever it stands. Pure. */
function blobOf(content: string): string {
  const bytes = Buffer.from(content)
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}

/**
 * Those of some contents that a file of the repository has, in whatever commit. Git names files by their contents, so it only looks
 * whether it has them: no history is read.
 */
export async function contentsHere(
  repository: Repository,
  contents: readonly string[],
): Promise<ReadonlySet<string>> {
  if (contents.length === 0) return new Set()
  const byName = new Map(contents.map((content) => [blobOf(content), content]))
  const args = ['cat-file', '--batch-check=%(objectname) %(objecttype)']
  const told = await git({ repository, args, input: [...byName.keys()].map((name) => `${name}\n`).join('') })
  const here = told
    .toString('utf8')
    .split('\n')
    .flatMap((line) => byName.get(/^([0-9a-f]{40}) blob$/.exec(line)?.[1] ?? '') ?? [])
  return new Set(here)
}
