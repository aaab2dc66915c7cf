import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { showFolder } from '../../lib/foreign-folder.ts'
import { pathExists } from '../../lib/path-exists.ts'
import { branchMoved } from './code-host.errors.ts'
import type { DraftInput } from './code-host.ts'
import { git, gitLine, runAsOwner, tryGit, type GitCall, type Repository } from './git-command.ts'
import { graftTree, treeIn } from './git-tree.ts'

const noCommit = '0'.repeat(40)

/** Runs `use` with a temporary index file, so that nothing is shared with other git commands. */
export async function withIndex<T>(
  { path }: Repository,
  use: (env: Record<string, string>) => Promise<T>,
): Promise<T> {
  const index = join(path, `index-${randomUUID()}`)
  try {
    return await use({ GIT_INDEX_FILE: index })
  } finally {
    await rm(index, { force: true })
    await rm(`${index}.lock`, { force: true })
  }
}

/** Adds the files of its folder to an index, as `args` say, and returns the tree of the index. */
export const treeOf = (call: GitCall): Promise<string> =>
  gitLine({ ...call, script: 'git add --force "$@" .; exec git write-tree' })

/**
 * The newest commit of the followed branch and its tree. Null if there is none. It is one command, because each command
 * starts a sandbox.
 */
export const headOf = async (repository: Repository): Promise<{ commit: string; tree: string } | null> => {
  const { exitCode, stdout } = await tryGit({
    repository,
    args: ['log', '-1', '--no-show-signature', '--format=%H %T', 'HEAD', '--'],
  })
  const [commit = '', tree = ''] = stdout.toString('utf8').trim().split(' ')
  return exitCode === 0 ? { commit, tree } : null
}

/** The commit that the followed branch is at; null in an empty repository. */
const commitAtHead = async (repository: Repository): Promise<string | null> =>
  (await headOf(repository))?.commit ?? null

const cleanName = (text: string) => text.replaceAll(/[<>\p{Cc}]/gu, ' ').trim() || 'vitrine'

type Authored = { author: { name: string; email: string }; message: string }

/** The arguments, input and environment of `git commit-tree` for a commit of a tree. */
function commitCall({ author, message }: Authored, tree: string, parent: string | null) {
  const name = cleanName(author.name)
  const email = cleanName(author.email)
  return {
    args: [tree, ...(parent ? ['-p', parent] : []), '-F', '-'],
    input: message.replaceAll('\0', ' '),
    env: {
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: email,
    },
  }
}

/** Writes a commit of a tree without moving a branch. */
function writeCommit(repository: Repository, input: Authored, tree: string, parent: string): Promise<string> {
  const { args, ...call } = commitCall(input, tree, parent)
  return gitLine({ repository, ...call, args: ['commit-tree', ...args] })
}

/** Writes a commit, and prints a second line if it has moved the branch from `$1` to the commit. */
const commitAndMove = `from=$1; shift
commit=$(git commit-tree "$@")
echo "$commit"
if git update-ref HEAD "$commit" "$from"; then echo moved; fi`

/**
 * Makes a commit of a tree on the followed branch, which was at `parent`, null for an empty repository. Returns null if the
 * branch has been moved meanwhile.
 */
export async function commitTree(
  repository: Repository,
  input: Authored,
  tree: string,
  parent: string | null,
): Promise<string | null> {
  const { args, ...call } = commitCall(input, tree, parent)
  const made = { repository, ...call, script: commitAndMove, args: [parent ?? noCommit, ...args] }
  const [commit = '', moved] = (await gitLine(made)).split('\n')
  return moved || (await moveBranch(repository, { from: parent, to: commit })) ? commit : null
}

/**
 * Moves the followed branch to a commit if it is at `from`, null for an empty repository. Resolves with whether it was.
 */
async function moveBranch(
  repository: Repository,
  { from, to }: { from: string | null; to: string },
): Promise<boolean> {
  const moved = { repository, args: ['update-ref', 'HEAD', to, from ?? noCommit] }
  // A push may have moved the branch meanwhile.
  if ((await tryGit(moved)).exitCode === 0) return true
  if ((await commitAtHead(repository)) === from) await git(moved)
  return (await commitAtHead(repository)) === to
}

/** The paths of symbolic links in an index. */
async function linksIn(repository: Repository, env: Record<string, string>): Promise<string[]> {
  const listed = await git({ repository, env, args: ['ls-files', '--stage', '-z'] })
  return listed
    .toString('utf8')
    .split('\0')
    .flatMap((entry) => /^120000 [0-9a-f]+ 0\t([\s\S]+)$/.exec(entry)?.[1] ?? [])
}

const paths = (some: readonly string[]): string => some.map((path) => `${path}\0`).join('')

/** The tree of the base with the files of a folder over it. Everything else, such as links and submodules, stays. */
async function treeOver(repository: Repository, input: DraftInput): Promise<string> {
  const { base, folder, removed, within = '' } = input
  const { runAs } = runAsOwner(repository.path)
  if (runAs) await showFolder(folder, runAs)
  return withIndex(repository, async (env) => {
    await git({ repository, env, args: ['read-tree', treeIn(base, within)] })
    const inFolder = { repository, reads: [folder], cwd: folder, env: { ...env, GIT_WORK_TREE: folder } }
    const remove = async (some: readonly string[]) => {
      if (some.length === 0) return
      const args = ['update-index', '--force-remove', '-z', '--stdin']
      await git({ ...inFolder, args, input: paths(some) })
    }
    await remove(removed)
    // Git would treat the text of a file that replaces a link as the target of the link.
    const links = await linksIn(repository, env)
    const isThere = await Promise.all(links.map((path) => pathExists(join(folder, path))))
    await remove(links.filter((_path, index) => isThere[index]))
    const modes: [string, string][] = input.keepsModes ? [['core.fileMode', 'false']] : []
    const tree = await treeOf({ ...inFolder, more: modes, args: ['--ignore-removal'] })
    return graftTree(repository, { commit: base, within, tree })
  })
}

/** Makes a commit of a change without moving a branch: see `CodeHost.draft`. */
export async function draftCommit(repository: Repository, input: DraftInput): Promise<string> {
  const tree = await treeOver(repository, input)
  if ((await gitLine({ repository, args: ['rev-parse', `${input.base}^{tree}`] })) === tree) return input.base
  return writeCommit(repository, input, tree, input.base)
}

/** Moves the followed branch to a child of its commit. Throws `code_host.branch_moved`. */
export async function advanceBranch(
  repository: Repository,
  { algorithmId, from, to }: { algorithmId: string; from: string; to: string },
): Promise<void> {
  const head = (await commitAtHead(repository)) ?? ''
  if (head !== from || !(await moveBranch(repository, { from, to })))
    throw branchMoved({ algorithm_id: algorithmId, base: from, head: (await commitAtHead(repository)) ?? '' })
}

const indexing = ['commit-graph', 'write', '--reachable', '--changed-paths', '--split']

/**
 * Writes an index of the commits, with which paths each of them changed. Git then finds the history of a file without
 * reading every commit and folder. Only new commits are added. A failure does no harm, because git then reads the
 * commits themselves.
 */
export const indexHistory = (repository: Repository) => tryGit({ repository, args: indexing })

/**
 * Lets git tidy up if necessary, and writes the index. A failure does not make the commit fail; the next commit tries
 * again.
 */
export const tidy = (repository: Repository) =>
  tryGit({ repository, script: 'git gc --auto --quiet || true; exec git "$@"', args: indexing })
