import { pathExists } from '../../lib/path-exists.ts'
import { randomUUID } from 'node:crypto'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { slug } from '@vitrine/contract'
import { removeFolder, showFolder } from '../../lib/foreign-folder.ts'
import type { JobAccounts } from '../../lib/job-accounts.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import type { RunAs } from '../../lib/run-command.ts'
import type { Sandbox } from '../../lib/sandbox/sandbox.ts'
import { codeNotFound, folderNotFound, nameUnsafe } from './code-host.errors.ts'
import type { CodeHost } from './code-host.ts'
import { lfsPathsIn } from './git-attributes.ts'
import { checkOut } from './git-checkout.ts'
import { commitsBetween, readLog } from './git-commits.ts'
import { compareCommits } from './git-compare.ts'
import { contentsBeginning, contentsHere } from './git-contents.ts'
import { runAsOwner, tryGit, type Repository } from './git-command.ts'
import {
  advanceBranch,
  commitTree,
  draftCommit,
  headOf,
  indexHistory,
  tidy,
  treeOf,
  withIndex,
} from './git-draft.ts'
import { openArchive, readBlame } from './git-history.ts'
import { pushTo } from './git-push.ts'
import { relationTo } from './git-relation.ts'
import { fetchFrom, fetchNewest, newestOf, pinCommit, taggedIn } from './git-remote.ts'
import { createKnownCommits } from './known-commits.ts'
import {
  createRepository,
  openIncoming,
  prepareRepositories,
  removeUnnamed,
  repositoryNames,
} from './repository-folders.ts'
import { repositorySizes } from './repository-sizes.ts'
import { ignoredFiles } from './git-ignored.ts'
import { listFiles, type CommitLimits } from './git-files.ts'
import { readRefs } from './git-refs.ts'
import { resolveRef } from './git-resolve.ts'
import { cleanPath, graftTree, hasFolder, openPath, statPath, treeIn } from './git-tree.ts'
import { staysInFolder } from './unpacked-names.ts'

const commitPattern = /^[0-9a-f]{40}$/
type CommitInput = Parameters<CodeHost['commitFolder']>[0]

type Options = {
  /** The folder of the repositories. */
  folder: string
  /** The account that owns the repositories and as which git runs. Null for the platform's own account. */
  account: RunAs | null
  /** The accounts for checkouts. Each checkout has its own. */
  jobs: JobAccounts
  /** The sandbox in which git reads content that others have pushed. */
  sandbox: Sandbox
  /** The most that is read or checked out of a commit. */
  limits: CommitLimits
}

/** Writes the contents of a folder as a tree. The folder is the work tree, the index is temporary. */
async function writeTree(repository: Repository, input: CommitInput): Promise<string> {
  const { runAs } = runAsOwner(repository.path)
  if (runAs) await showFolder(input.folder, runAs)
  return withIndex(repository, async (env) => {
    const reads = [input.folder]
    const inFolder = { repository, reads, cwd: input.folder, env: { ...env, GIT_WORK_TREE: input.folder } }
    return treeOf({ ...inFolder, args: ['--all'] })
  })
}

async function commitFolder(repository: Repository, input: CommitInput, isEmpty: boolean) {
  for (let round = 0; ; round += 1) {
    const head = isEmpty && round === 0 ? null : await headOf(repository)
    const parent = head?.commit ?? null
    const written = await writeTree(repository, input)
    const tree = head
      ? await graftTree(repository, { commit: head.commit, within: input.within ?? '', tree: written })
      : written
    if (head?.tree === tree) return { commit: head.commit, parent, changed: false }
    const commit = await commitTree(repository, input, tree, parent)
    // If a push has moved the branch meanwhile, the commit is made again on top of it.
    if (commit !== null) return { commit, parent, changed: true }
  }
}

/** Fetches one commit of another repository into a temporary repository, and writes its files to a folder. */
async function peekInto(
  options: Options,
  { folder, within = '', ...from }: Parameters<CodeHost['peek']>[0],
): Promise<void> {
  const path = join(options.folder, `.peek-${randomUUID()}`)
  try {
    await createRepository(options, path)
    const repository = { path, sandbox: options.sandbox }
    const commit = await fetchNewest(repository, from)
    if (!(await hasFolder(repository, commit, within))) throw folderNotFound({ folder: within, commit })
    await listFiles(repository, treeIn(commit, within), options.limits)
    await checkOut(options, repository, { folder, commit, within })
  } finally {
    await removeFolder(path)
  }
}

/**
 * The built-in code host: bare repositories `<folder>/<algorithm id>.git`, used through the machine's git.
 * `prepare` must be called once before.
 * Writers of one repository wait for each other. Git's own compare-and-swap notices a push in between.
 */
export function createBuiltinCodeHost(options: Options): CodeHost & { prepare: () => Promise<void> } {
  const queue = keyedQueue()
  const known = createKnownCommits()
  const pathOf = (algorithmId: string) => join(options.folder, `${slug.parse(algorithmId)}.git`)
  const at = (algorithmId: string): Repository => ({ path: pathOf(algorithmId), sandbox: options.sandbox })
  /** Creates the repository if it does not exist. Resolves with whether it did. */
  const ensure = async (algorithmId: string): Promise<boolean> => {
    if (await pathExists(pathOf(algorithmId))) return false
    await createRepository(options, pathOf(algorithmId))
    return true
  }
  const hasCommit = async (algorithmId: string, commit: string) => {
    const repository = at(algorithmId)
    if (!commitPattern.test(commit) || !(await pathExists(repository.path))) return false
    if (known.has(algorithmId, commit)) return true
    const { exitCode } = await tryGit({ repository, args: ['cat-file', '-e', `${commit}^{commit}`] })
    if (exitCode === 0) known.add(algorithmId, commit)
    return exitCode === 0
  }
  /**
   * The files of a commit. Only after a failure it is checked whether the commit exists. Otherwise each deploy would
   * need one more command.
   */
  const filesOf = async (algorithmId: string, commit: string, within = '', limits = options.limits) => {
    const notFound = () => codeNotFound({ algorithm_id: algorithmId, commit, path: '' })
    if (!commitPattern.test(commit) || !(await pathExists(pathOf(algorithmId)))) throw notFound()
    const tree = treeIn(`${commit}^{commit}`, within)
    return listFiles(at(algorithmId), tree, limits).catch(async (error: unknown) => {
      if (!(await hasCommit(algorithmId, commit))) throw notFound()
      throw (await hasFolder(at(algorithmId), commit, within))
        ? error
        : folderNotFound({ folder: within, commit })
    })
  }
  const requireCommit = async (algorithmId: string, commit: string): Promise<Repository> => {
    if (await hasCommit(algorithmId, commit)) return at(algorithmId)
    throw codeNotFound({ algorithm_id: algorithmId, commit, path: '' })
  }
  return {
    prepare: () => prepareRepositories(options),
    repository: at,
    commitFolder: (input) =>
      queue.run(input.algorithmId, async () => {
        const isEmpty = await ensure(input.algorithmId)
        const repository = at(input.algorithmId)
        const { commit, parent, changed } = await commitFolder(repository, input, isEmpty)
        // The first commit leaves nothing to tidy up.
        if (changed && parent !== null) await tidy(repository)
        return { commit, changed }
      }),
    async resolve(algorithmId, ref) {
      const repository = at(algorithmId)
      if (!(await pathExists(repository.path))) return null
      // A complete id is the commit, even if a branch has that name.
      if (commitPattern.test(ref) && known.has(algorithmId, ref)) return ref
      const commit = await resolveRef(repository, ref)
      if (commit !== null) known.add(algorithmId, commit)
      return commit
    },
    async checkout(input) {
      const { algorithmId, commit, within, mostBytes } = input
      const { limits } = options
      const unpackedBytes = Math.min(limits.unpackedBytes, mostBytes ?? Infinity)
      const tree = treeIn(commit, within)
      const bytes = known.bytes(algorithmId, tree)
      // A version is written to a folder to be recognised, and later to be deployed.
      if (bytes === undefined || bytes > unpackedBytes) {
        const files = await filesOf(algorithmId, commit, within, { ...limits, unpackedBytes })
        known.addBytes(
          algorithmId,
          tree,
          files.reduce((sum, { size }) => sum + size, 0),
        )
      }
      await checkOut(options, at(algorithmId), input)
    },
    files: (algorithmId, commit, within) => filesOf(algorithmId, commit, within),
    stat: async (algorithmId, commit, path) =>
      (await hasCommit(algorithmId, commit)) ? statPath(at(algorithmId), commit, path) : null,
    async read(algorithmId, commit, path) {
      const stream = (await hasCommit(algorithmId, commit))
        ? await openPath(at(algorithmId), commit, path)
        : null
      if (!stream) throw codeNotFound({ algorithm_id: algorithmId, commit, path })
      return stream
    },
    heldContents: async (algorithmId, contents) =>
      (await pathExists(pathOf(algorithmId))) ? contentsHere(at(algorithmId), contents) : new Set(),
    contentsBeginning: async (algorithmId, wanted) =>
      (await pathExists(pathOf(algorithmId))) ? contentsBeginning(at(algorithmId), wanted) : [],
    lfsPaths: (algorithmId, input) => lfsPathsIn(at(algorithmId), input),
    async compare(algorithmId, { from, to, path = '' }) {
      for (const commit of [from ?? to, to]) await requireCommit(algorithmId, commit)
      const clean = cleanPath(path)
      return clean === null ? { files: [], cut: false } : compareCommits(at(algorithmId), [from, to], clean)
    },
    async history(algorithmId, input) {
      const repository = await requireCommit(algorithmId, input.commit)
      const path = cleanPath(input.path ?? '')
      return path === null ? [] : readLog(repository, { ...input, path })
    },
    async blame(algorithmId, input) {
      const { commit, path } = input
      const repository = await requireCommit(algorithmId, commit)
      const clean = cleanPath(path)
      if (clean === null) throw codeNotFound({ algorithm_id: algorithmId, commit, path })
      return readBlame(repository, { ...input, path: clean })
    },
    refs: async (algorithmId, input) => readRefs(at(algorithmId), input),
    async archive(algorithmId, input) {
      const repository = await requireCommit(algorithmId, input.commit)
      const files = await filesOf(algorithmId, input.commit, input.within)
      const strayed = input.format === 'zip' ? files.find(({ path }) => !staysInFolder(path)) : undefined
      if (strayed) throw nameUnsafe({ path: strayed.path })
      return openArchive(repository, input)
    },
    draft: (input) =>
      queue.run(input.algorithmId, async () =>
        draftCommit(await requireCommit(input.algorithmId, input.base), input),
      ),
    advance: (input) =>
      queue.run(input.algorithmId, async () => {
        const repository = await requireCommit(input.algorithmId, input.to)
        await advanceBranch(repository, input)
        await tidy(repository)
      }),
    async commits(algorithmId, range) {
      for (const commit of [range.from ?? range.to, range.to]) await requireCommit(algorithmId, commit)
      return commitsBetween(at(algorithmId), range)
    },
    fetch: ({ algorithmId, ...from }) =>
      queue.run(algorithmId, async () => {
        await ensure(algorithmId)
        const fetched = await fetchFrom(at(algorithmId), from)
        if (fetched.changed) await indexHistory(at(algorithmId))
        return fetched
      }),
    peek: (input) => peekInto(options, input),
    async newest(algorithmId, branch) {
      const newest = await newestOf(at(algorithmId), branch)
      known.add(algorithmId, newest.commit)
      return newest
    },
    tagged: (algorithmId, tag) => taggedIn(at(algorithmId), tag),
    pin: async (algorithmId, commit) => void (await pinCommit(at(algorithmId), commit)),
    push: ({ algorithmId, ...input }) => queue.run(algorithmId, () => pushTo(at(algorithmId), input)),
    relation: ({ algorithmId, remote }) => relationTo(at(algorithmId), remote),
    pushed: (algorithmId) =>
      queue.run(algorithmId, async () => {
        await indexHistory(at(algorithmId))
      }),
    ignoredIn: (folder) => ignoredFiles(options, folder),
    async sizes(algorithmIds) {
      const are = await Promise.all(algorithmIds.map((id) => pathExists(pathOf(id))))
      return repositorySizes(
        options.folder,
        algorithmIds.filter((_id, index) => are[index]),
      )
    },
    incoming: () => openIncoming(options, (id, path) => queue.run(id, () => rename(path, pathOf(id)))),
    names: () => repositoryNames(options.folder),
    removeUnnamed: (before) => removeUnnamed(options.folder, before),
    deleteRepository: (algorithmId) =>
      queue.run(algorithmId, async () => {
        known.forget(algorithmId)
        await removeFolder(pathOf(algorithmId))
        known.forget(algorithmId)
      }),
    cloneUrl: (algorithmId, origin) => `${origin}/git/${slug.parse(algorithmId)}.git`,
  }
}
