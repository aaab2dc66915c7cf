import { copyFile, mkdir, realpath, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { copyReadable, isCopied } from '../lib/copy-readable.ts'
import type { NodeTools } from '../lib/node-tools.ts'
import { ifThere } from '../lib/if-there.ts'
import { pathExists } from '../lib/path-exists.ts'
import { runCommand, type RunAs } from '../lib/run-command.ts'
import { closedFolderAbove } from '../lib/system-user.ts'

async function canRun(nodeFile: string, user: RunAs): Promise<boolean> {
  const command = { file: nodeFile, args: ['--version'], cwd: '/', env: {} }
  const { exitCode } = await runCommand({ ...command, runAs: user })
  return exitCode === 0
}

/** The folder of npm itself, where its program is a link to `bin/npm-cli.js` in it. */
const npmFolderOf = async (npm: string): Promise<string> => dirname(dirname(await realpath(npm)))
/** Where a copy of npm is in a folder of tools, with the same layout as in Node's own builds. */
const npmIn = (folder: string): string => join(folder, 'lib', 'node_modules', 'npm')

async function copyNpm(npm: string, folder: string): Promise<void> {
  await mkdir(dirname(npmIn(folder)), { recursive: true, mode: 0o755 })
  await copyReadable(await npmFolderOf(npm), npmIn(folder))
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(folder, 'bin', 'npm'))
}

async function copyTools(tools: NodeTools, folder: string, user: RunAs): Promise<void> {
  const fresh = `${folder}.new`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(join(fresh, 'bin'), { recursive: true, mode: 0o755 })
  await copyFile(tools.node, join(fresh, 'bin', 'node'))
  const isNpmClosed =
    tools.npm !== 'npm' && (await closedFolderAbove(await realpath(tools.npm), user)) !== null
  if (isNpmClosed) await copyNpm(tools.npm, fresh)
  await rm(folder, { recursive: true, force: true })
  await rename(fresh, folder)
}

/** Whether a folder has whole copies of the tools. It has npm only if that cannot be reached elsewhere. */
async function areCopied(tools: NodeTools, folder: string): Promise<boolean> {
  if (!(await isCopied(tools.node, join(folder, 'bin', 'node')))) return false
  if (tools.npm === 'npm' || !(await pathExists(npmIn(folder)))) return true
  const npm = await ifThere(npmFolderOf(tools.npm))
  // Where npm itself is gone, the copy is all that there is.
  return npm === null || isCopied(npm, npmIn(folder))
}

/**
 * Returns Node and npm that an account can run. These are the given ones, or copies below `folder` if the
 * given ones are in a folder that is closed to the account, such as root's home. Null if the account cannot
 * run the copy either.
 */
export async function nodeToolsFor(user: RunAs, tools: NodeTools, folder: string): Promise<NodeTools | null> {
  if (await canRun(tools.node, user)) return tools
  const copies = join(folder, `node-${process.version}`)
  const node = join(copies, 'bin', 'node')
  if (!(await areCopied(tools, copies))) await copyTools(tools, copies, user)
  if (!(await canRun(node, user))) {
    await rm(copies, { recursive: true, force: true })
    return null
  }
  const npm = join(copies, 'bin', 'npm')
  return { node, npm: (await pathExists(npm)) ? npm : tools.npm }
}
