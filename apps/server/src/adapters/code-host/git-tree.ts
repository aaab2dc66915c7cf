import { Readable } from 'node:stream'
import { streamCommand } from '../../lib/run-command.ts'
import { gitFailed } from './code-host.errors.ts'
import { git, gitCommand, gitLine, tryGit, type Repository } from './git-command.ts'
import type { TreeEntry } from './code-host.ts'

/**
 * The name of a commit's tree, or of one folder of it, as git understands it. `within` has the form that the contract
 * checks, so it is never an expression of git.
 */
export const treeIn = (commit: string, within = ''): string =>
  within === '' ? commit : `${commit}:${within}`

/** Whether a commit has a folder at this path. Symbolic links and submodules do not count. */
export async function hasFolder(repository: Repository, commit: string, within: string): Promise<boolean> {
  if (within === '') return true
  const { exitCode, stdout } = await tryGit({ repository, args: ['cat-file', '-t', treeIn(commit, within)] })
  return exitCode === 0 && stdout.toString('utf8').trim() === 'tree'
}

/** The tree of a commit, in which the folder at these parts of a path is another tree. The bytes of other names stay as they are. */
export async function graftTree(
  repository: Repository,
  { commit, within, tree }: { commit: string; within: string; tree: string },
): Promise<string> {
  const graft = async (above: string, [name, ...below]: readonly string[]): Promise<string> => {
    if (name === undefined) return tree
    const { exitCode, stdout } = await tryGit({ repository, args: ['ls-tree', '-z', treeIn(commit, above)] })
    const listed = exitCode === 0 ? stdout.toString('latin1').split('\0') : []
    const bytes = Buffer.from(name).toString('latin1')
    const others = listed.filter((entry) => entry !== '' && entry.slice(entry.indexOf('\t') + 1) !== bytes)
    const own = await graft(above === '' ? name : `${above}/${name}`, below)
    const all = [...others, `040000 tree ${own}\t${bytes}`].map((entry) => `${entry}\0`).join('')
    return gitLine({ repository, args: ['mktree', '-z'], input: Buffer.from(all, 'latin1') })
  }
  return within === '' ? tree : graft('', within.split('/'))
}

type Listed = { type: 'blob' | 'tree'; id: string; size: number; name: string }

const line = /^\d+ (blob|tree) ([0-9a-f]+) +(\d+|-)\t([\s\S]+)$/

/** Parses the lines of `git ls-tree -z -l`: mode, type, object, size, tab, name. Submodules are left out. */
function parseTree(output: Buffer): Listed[] {
  return output
    .toString('utf8')
    .split('\0')
    .flatMap((text) => {
      const [, type, id, size, name] = line.exec(text) ?? []
      return id && name
        ? [{ type: type === 'tree' ? 'tree' : 'blob', id, size: Number(size) || 0, name }]
        : []
    })
}

/** Removes leading and trailing slashes of a path in a tree. Null if no tree can contain the path. */
export function cleanPath(path: string): string | null {
  const parts = path.split('/').filter((part) => part !== '')
  return path.includes('\0') || parts.some((part) => part === '.' || part === '..') ? null : parts.join('/')
}

/** What is at a path of a commit; null if there is nothing. */
async function lookUp(repository: Repository, commit: string, path: string): Promise<Listed | null> {
  const clean = cleanPath(path)
  if (clean === null) return null
  if (clean === '') return { type: 'tree', id: commit, size: 0, name: '' }
  const listed = await tryGit({ repository, args: ['ls-tree', '-z', '-l', commit, '--', clean] })
  return parseTree(listed.stdout).find((entry) => entry.name === clean) ?? null
}

/** Returns what is at a path of a commit: see `CodeHost.stat`. */
export async function statPath(
  repository: Repository,
  commit: string,
  path: string,
): Promise<{ type: 'folder'; entries: TreeEntry[] } | { type: 'file'; size: number } | null> {
  const found = await lookUp(repository, commit, path)
  if (!found) return null
  if (found.type === 'blob') return { type: 'file', size: found.size }
  const entries = parseTree(await git({ repository, args: ['ls-tree', '-z', '-l', found.id] }))
  return {
    type: 'folder',
    entries: entries.map(({ name, type, size }) => ({
      name,
      type: type === 'tree' ? 'folder' : 'file',
      size,
    })),
  }
}

async function* outputOf(repository: Repository, args: readonly string[]): AsyncGenerator<Buffer> {
  const child = streamCommand(await gitCommand({ repository, args }))
  child.stdin.end()
  child.stderr.resume()
  try {
    yield* child.stdout
    // A failure of git in the middle must not look like the end of the file.
    const { exitCode } = await child.closed
    if (exitCode !== 0) throw gitFailed({ command: args[0] ?? '' })
  } finally {
    child.kill()
  }
}

/** Streams what a git command writes. If it fails half-way, so does the stream. If the reader stops, git is ended. */
export const streamGit = (repository: Repository, args: readonly string[]): Readable =>
  Readable.from(outputOf(repository, args), { objectMode: false })

/** Streams the bytes of a file at a commit; null if there is none. */
export async function openPath(
  repository: Repository,
  commit: string,
  path: string,
): Promise<Readable | null> {
  const found = await lookUp(repository, commit, path)
  if (found?.type !== 'blob') return null
  return streamGit(repository, ['cat-file', 'blob', found.id])
}
