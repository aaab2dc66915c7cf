import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { giveFolder, removeFolder, showFolder } from '../../lib/foreign-folder.ts'
import type { RunAs } from '../../lib/run-command.ts'
import { noSandbox, type Sandbox } from '../../lib/sandbox/sandbox.ts'
import { git, tryGit } from './git-command.ts'

/** How long git may work on the patterns of a package, in milliseconds. */
const timeoutMs = 10_000

/**
 * The files of a folder that its `.gitignore` files name, with `/` at the end of a folder that is named as a whole. Git
 * itself reads them, in its sandbox and for a bounded time, because a malicious pattern can take very long. Null if it
 * does.
 */
export async function ignoredFiles(
  { folder: repositories, account, sandbox }: { folder: string; account: RunAs | null; sandbox: Sandbox },
  folder: string,
): Promise<string[] | null> {
  const path = join(repositories, `.ignored-${randomUUID()}`)
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    await mkdir(path, { recursive: true, mode: 0o711 })
    const init = ['init', '--quiet', '--bare', '--template=']
    await git({ repository: { path, sandbox: noSandbox }, args: init })
    await giveFolder(path, account, 0o750)
    if (account) await showFolder(folder, account)
    const list = [
      'ls-files',
      '--others',
      '--ignored',
      '--exclude-per-directory=.gitignore',
      '--directory',
      '-z',
    ]
    const { exitCode, stdout } = await tryGit({
      repository: { path, sandbox },
      args: list,
      signal,
      reads: [folder],
      cwd: folder,
      env: { GIT_WORK_TREE: folder },
    })
    return exitCode === 0 ? stdout.toString('utf8').split('\0').filter(Boolean) : null
  } catch (error) {
    if (signal.aborted) return null
    throw error
  } finally {
    await removeFolder(path)
  }
}
