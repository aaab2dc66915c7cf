import { randomUUID } from 'node:crypto'
import { chmod, mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { giveFolder, removeFolder, takeFolder } from '../../lib/foreign-folder.ts'
import type { JobAccounts, LentAccount } from '../../lib/job-accounts.ts'
import type { RunAs } from '../../lib/run-command.ts'
import { git, type Repository } from './git-command.ts'
import { treeIn } from './git-tree.ts'

/** The folder of the repositories, the account that owns them, and those that checkouts run as. */
type Place = { folder: string; account: RunAs | null; jobs: JobAccounts }

/**
 * Writes a commit, or one folder of it, into a folder of the job's account. Moves the result out of there when no
 * process of the job runs any more.
 */
export async function checkOut(
  { folder: repositories, account: owner, jobs }: Place,
  repository: Repository,
  {
    folder,
    commit,
    within,
    signal,
  }: { commit: string; within?: string; folder: string; signal?: AbortSignal },
): Promise<void> {
  const draft = join(repositories, `.checkout-${randomUUID()}`)
  const tree = join(draft, 'tree')
  const work = async ({ account }: LentAccount) => {
    // With the group of the repository, the account can read it.
    const runAs = account && owner ? { uid: account.uid, gid: owner.gid } : null
    await giveFolder(draft, runAs)
    await giveFolder(tree, runAs)
    const env = { GIT_INDEX_FILE: join(draft, 'index'), GIT_WORK_TREE: tree }
    const call = { repository, env, signal, writes: [draft], isReader: true, ...(runAs && { runAs }) }
    await git({ ...call, cwd: tree, args: ['read-tree', '--reset', '-u', treeIn(commit, within)] })
  }
  try {
    await jobs.lend(work, (account) => takeFolder(tree, account))
    await mkdir(folder, { recursive: true })
    await rename(tree, folder)
    await chmod(folder, 0o755)
  } finally {
    await removeFolder(draft)
  }
}
