import { createHash } from 'node:crypto'
import { streamCommand } from '../../lib/run-command.ts'
import { gitFailed } from './code-host.errors.ts'
import { git, gitCommand, type Repository } from './git-command.ts'

/** The object id that git gives to a file with these contents, at any path. Pure. */
function blobOf(content: string): string {
  const bytes = Buffer.from(content)
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}

/**
 * Which of these contents are in some file of the repository, in any commit. Git identifies files by their contents, so
 * it only checks whether the objects exist and reads no history.
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

/** How many files one command reads. As the files are short, the answer stays below the limit for answers of git. */
const readAtOnce = 10_000

/** The object ids of all files of a repository that have at most `longest` bytes, in any commit. */
async function shortFiles(repository: Repository, longest: number): Promise<string[]> {
  const format = '%(objecttype) %(objectsize) %(objectname)'
  const args = ['cat-file', '--batch-all-objects', '--unordered', `--batch-check=${format}`]
  const child = streamCommand(await gitCommand({ repository, args }))
  child.stdin.end()
  child.stderr.resume()
  const found: string[] = []
  let rest = ''
  for await (const chunk of child.stdout) {
    const lines = (rest + chunk.toString('utf8')).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const [type, size, name = ''] = line.split(' ')
      if (type === 'blob' && Number(size) <= longest) found.push(name)
    }
  }
  const { exitCode, startError } = await child.closed
  if (exitCode !== 0) throw gitFailed({ command: 'cat-file' }, new Error(startError ?? `exit ${exitCode}`))
  return found
}

/**
 * The contents of all files of a repository, in any commit, that begin with a text and have at most this many bytes.
 */
export async function contentsBeginning(
  repository: Repository,
  { beginning, longest }: { beginning: string; longest: number },
): Promise<string[]> {
  const names = await shortFiles(repository, longest)
  const found: string[] = []
  for (let at = 0; at < names.length; at += readAtOnce) {
    const input = names
      .slice(at, at + readAtOnce)
      .map((name) => `${name}\n`)
      .join('')
    const told = await git({ repository, args: ['cat-file', '--batch'], input })
    for (let from = 0; from < told.length;) {
      const line = told.indexOf('\n', from)
      const bytes = Number(told.toString('latin1', from, line).split(' ')[2])
      const content = told.toString('utf8', line + 1, line + 1 + bytes)
      if (content.startsWith(beginning)) found.push(content)
      // Git writes a line end after the contents.
      from = line + bytes + 2
    }
  }
  return found
}
