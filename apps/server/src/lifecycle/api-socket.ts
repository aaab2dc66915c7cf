import { socketPath } from '@vitrine/contract'
import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { DataPaths } from '../lib/paths.ts'
import { pathExists } from '../lib/path-exists.ts'
import { closedFolderAbove, type Account } from '../lib/system-user.ts'

/**
 * The unix socket on which the control plane serves its API. Only our own account and that of the gateway can
 * connect, so everything that arrives comes from the gateway.
 */
export type ApiSocket = {
  readonly path: string
  /** Lets the gateway's account connect, now and after the server has been started again. */
  admit(account: Account): Promise<void>
  /** Sets the permissions of the socket that a server has just created. */
  protect(): Promise<void>
  /** Why accounts other than the gateway's can connect too; null if they cannot. */
  readonly warning: string | null
  /** The gateway's account, if it is not ours. Everybody in its group can connect. */
  readonly admitted: Account | null
  /** Removes the folder, once no server listens. */
  remove(): Promise<void>
}

const ours = (): Account => ({ uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 })
const everybody: Account = { uid: -1, gid: -1 }

/**
 * Folders for the socket, the best one first. The data folder's path may be too long for a socket, have characters
 * that nginx's configuration cannot hold, or be closed to the gateway's account.
 */
function possibleFolders(paths: DataPaths): string[] {
  const { uid } = ours()
  const name = `vitrine-api-${createHash('sha256').update(paths.root).digest('hex').slice(0, 12)}`
  const cleared = uid === 0 ? '/run' : `/run/user/${uid}`
  return [paths.control, join(cleared, name), join(tmpdir(), `${name}-${uid}`)]
}

const socketIn = (folder: string) => join(folder, 'api.sock')

async function isUsable(folder: string, isForOthers: boolean): Promise<boolean> {
  if (!socketPath.safeParse(socketIn(folder)).success || !(await pathExists(dirname(folder)))) return false
  return !isForOthers || (await closedFolderAbove(folder, everybody)) === null
}

async function chooseFolder(paths: DataPaths, isForOthers: boolean): Promise<string> {
  const folders = possibleFolders(paths)
  for (const folder of folders) if (await isUsable(folder, isForOthers)) return folder
  throw new Error(`none of these folders can hold the socket of the control plane: ${folders.join(', ')}`)
}

/** Makes a folder for us alone, or takes an earlier one of ours. Another account may have made one in its place. */
async function ownFolder(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const found = await lstat(folder)
  if (!found.isDirectory() || found.uid !== ours().uid) throw new Error(`${folder} belongs to somebody else`)
  await chown(folder, ours().uid, ours().gid)
  await chmod(folder, 0o700)
}

const isRefused = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EPERM'

class OwnSocket implements ApiSocket {
  readonly path: string
  warning: string | null = null
  admitted: Account | null = null
  readonly #folder: string
  /** The group that may connect besides us. */
  #gid: number | null = null

  constructor(folder: string) {
    this.#folder = folder
    this.path = socketIn(folder)
  }

  async admit(account: Account): Promise<void> {
    const { uid, gid } = account
    if (uid === ours().uid) return
    this.admitted = account
    this.#gid = gid
    await this.#open(this.#folder, 0o710, 0o711)
    await this.protect()
  }

  async protect(): Promise<void> {
    if (!(await pathExists(this.path))) return
    if (this.#gid === null) await chmod(this.path, 0o600)
    else await this.#open(this.path, 0o660, 0o666)
  }

  /** Gives a path to the group. Without the right to do so, only everybody's permissions are left. */
  async #open(path: string, forGroup: number, forAll: number): Promise<void> {
    if (this.#gid === null) return
    try {
      await chown(path, ours().uid, this.#gid)
      await chmod(path, forGroup)
    } catch (error) {
      if (!isRefused(error)) throw error
      this.warning = `本账户不在 nginx 工作进程的用户组（gid ${this.#gid}）中，因此本机任何账户都能冒充网关 · this account is not in the group of nginx’s workers (gid ${this.#gid}), so every local account can pretend to be the gateway`
      await chmod(path, forAll)
    }
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true })
  }
}

/**
 * Prepares the socket's folder, closed to everybody else. `isForOthers` says whether the gateway may run as another
 * account, which must then be able to get there. What a killed control plane left is removed.
 */
export async function openApiSocket(paths: DataPaths, isForOthers: boolean): Promise<ApiSocket> {
  const folder = await chooseFolder(paths, isForOthers)
  await ownFolder(folder)
  await rm(socketIn(folder), { force: true })
  return new OwnSocket(folder)
}
