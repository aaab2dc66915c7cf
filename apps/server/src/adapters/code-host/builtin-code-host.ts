import { pathExists } from '../../lib/path-exists.ts'
import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { slug } from '@vitrine/contract'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import { codeNotFound } from './code-host.errors.ts'
import type { CodeHost } from './code-host.ts'
import { compareCommits } from './git-compare.ts'
import { git, gitLine, tryGit } from './git-command.ts'
import { openPath, statPath } from './git-tree.ts'

const branch = 'refs/heads/main'
const noCommit = '0'.repeat(40)
const commitPattern = /^[0-9a-f]{40}$/
/**
 * Names of branches, tags and commits. Git's expressions (`main~3`, `:/text`, `@{…}`) and names that look
 * like options do not match.
 */
const refPattern = /^(?!-)(?!.*(?:\.\.|@\{))[^\p{Cc} ~^:?*[\\]+$/u
/** The attributes of the repository override those in a package, so that contents are kept byte for byte. */
const attributes = '* -text !eol -ident -filter !working-tree-encoding -export-ignore -export-subst\n'

type CommitInput = Parameters<CodeHost['commitFolder']>[0]

async function createRepository(folder: string, repository: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const draft = join(folder, `.new-${randomUUID()}`)
  try {
    await gitInit(draft)
    await mkdir(join(draft, 'info'), { recursive: true })
    await writeFile(join(draft, 'info', 'attributes'), attributes)
    await rename(draft, repository)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function gitInit(repository: string): Promise<void> {
  await mkdir(repository)
  await git({ repository, args: ['init', '--quiet', '--bare', '--initial-branch=main', '--template='] })
}

/** Runs `use` with a temporary index file, so that nothing is shared with other git commands. */
async function withIndex<T>(
  repository: string,
  use: (env: Record<string, string>) => Promise<T>,
): Promise<T> {
  const index = join(repository, `index-${randomUUID()}`)
  try {
    return await use({ GIT_INDEX_FILE: index })
  } finally {
    await rm(index, { force: true })
    await rm(`${index}.lock`, { force: true })
  }
}

const headOf = async (repository: string): Promise<string | null> => {
  const found = await tryGit({ repository, args: ['rev-parse', '--verify', '--quiet', branch] })
  return found.exitCode === 0 ? found.stdout.toString('utf8').trim() : null
}

/** Writes the contents of a folder as a tree. The folder is the work tree, the index is temporary. */
function writeTree(repository: string, input: CommitInput): Promise<string> {
  return withIndex(repository, async (env) => {
    const inFolder = { repository, cwd: input.folder, env: { ...env, GIT_WORK_TREE: input.folder } }
    await git({ ...inFolder, args: ['add', '--force', '--all', '.'] })
    return gitLine({ repository, env, args: ['write-tree'] })
  })
}

const cleanName = (text: string) => text.replaceAll(/[<>\p{Cc}]/gu, ' ').trim() || 'vitrine'

function writeCommit(repository: string, input: CommitInput, tree: string, parent: string | null) {
  const name = cleanName(input.author.name)
  const email = cleanName(input.author.email)
  return gitLine({
    repository,
    args: ['commit-tree', tree, ...(parent ? ['-p', parent] : []), '-F', '-'],
    input: input.message.replaceAll('\0', ' '),
    env: {
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: email,
    },
  })
}

async function commitFolder(repository: string, input: CommitInput) {
  for (;;) {
    const parent = await headOf(repository)
    const tree = await writeTree(repository, input)
    if (parent && (await gitLine({ repository, args: ['rev-parse', `${parent}^{tree}`] })) === tree)
      return { commit: parent, changed: false }
    const commit = await writeCommit(repository, input, tree, parent)
    const moved = { repository, args: ['update-ref', branch, commit, parent ?? noCommit] }
    // A push may have moved the branch meanwhile. Then the commit is made again on top of it.
    if ((await tryGit(moved)).exitCode === 0) return { commit, changed: true }
    if ((await headOf(repository)) === parent) await git(moved)
  }
}

async function checkOut(repository: string, input: Parameters<CodeHost['checkout']>[0]): Promise<void> {
  const { folder, signal } = input
  await mkdir(folder, { recursive: true })
  await withIndex(repository, async (env) => {
    await git({ repository, env, signal, args: ['read-tree', input.commit] })
    const args = ['checkout-index', '--all', '--quiet']
    await git({ repository, signal, args, cwd: folder, env: { ...env, GIT_WORK_TREE: folder } })
  })
}

/**
 * The built-in code host: bare repositories `<folder>/<algorithm id>.git`, used through the machine's git.
 * Writers of one repository wait for each other. Git's own compare-and-swap notices a push in between.
 */
export function createBuiltinCodeHost(options: { folder: string }): CodeHost {
  const queue = keyedQueue()
  const at = (algorithmId: string) => join(options.folder, `${slug.parse(algorithmId)}.git`)
  const ensure = async (algorithmId: string) => {
    if (!(await pathExists(at(algorithmId)))) await createRepository(options.folder, at(algorithmId))
  }
  const hasCommit = async (algorithmId: string, commit: string) => {
    const repository = at(algorithmId)
    if (!commitPattern.test(commit) || !(await pathExists(repository))) return false
    return (await tryGit({ repository, args: ['cat-file', '-e', `${commit}^{commit}`] })).exitCode === 0
  }
  return {
    kind: 'builtin',
    commitFolder: (input) =>
      queue.run(input.algorithmId, async () => {
        await ensure(input.algorithmId)
        const repository = at(input.algorithmId)
        const result = await commitFolder(repository, input)
        // Git tidies up from time to time. A failure of that does not fail the commit, and the next commit
        // tries again.
        if (result.changed) await tryGit({ repository, args: ['gc', '--auto', '--quiet'] })
        return result
      }),
    async resolve(algorithmId, ref) {
      const repository = at(algorithmId)
      if (!refPattern.test(ref) || !(await pathExists(repository))) return null
      const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]
      const found = await tryGit({ repository, args })
      return found.exitCode === 0 ? found.stdout.toString('utf8').trim() : null
    },
    async checkout(input) {
      const { algorithmId, commit } = input
      if (!(await hasCommit(algorithmId, commit)))
        throw codeNotFound({ algorithm_id: algorithmId, commit, path: '' })
      await checkOut(at(algorithmId), input)
    },
    stat: async (algorithmId, commit, path) =>
      (await hasCommit(algorithmId, commit)) ? statPath(at(algorithmId), commit, path) : null,
    async read(algorithmId, commit, path) {
      const stream = (await hasCommit(algorithmId, commit))
        ? await openPath(at(algorithmId), commit, path)
        : null
      if (!stream) throw codeNotFound({ algorithm_id: algorithmId, commit, path })
      return stream
    },
    async compare(algorithmId, { from, to }) {
      for (const commit of [from, to])
        if (!(await hasCommit(algorithmId, commit)))
          throw codeNotFound({ algorithm_id: algorithmId, commit, path: '' })
      return compareCommits(at(algorithmId), [from, to])
    },
    deleteRepository: (algorithmId) =>
      queue.run(algorithmId, () => rm(at(algorithmId), { recursive: true, force: true })),
    cloneUrl: (algorithmId, origin) => `${origin}/git/${slug.parse(algorithmId)}.git`,
  }
}
