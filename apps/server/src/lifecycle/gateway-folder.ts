import { socketPath } from '@vitrine/contract'
import { access, chmod, chown, constants, lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { hasCode } from '../lib/code-of-error.ts'
import type { DataPaths } from '../lib/paths.ts'
import { shortDigest } from '../lib/short-digest.ts'
import { closedFolderAbove, type Account } from '../lib/system-user.ts'

/** A folder with sockets that only our own account and that of the gateway can pass through. */
export type GatewayFolder = {
  readonly path: string
  /** Lets the gateway's account pass. */
  admit(account: Account): Promise<void>
  /** Closes the folder to everybody else, such as the gateway of an earlier start, unless an account was admitted. */
  closeToOthers(): Promise<void>
  /** The gateway's account, if it is not ours. Everybody in its group can pass. */
  readonly admitted: Account | null
  /** Whether every account can pass, because we may not give the folder to the gateway's group. */
  readonly isOpenToAll: boolean
}

const everybody: Account = { uid: -1, gid: -1 }
const ours = (): Account => ({ uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 })

/** Which folder is wanted: `near` in the data folder, or elsewhere one with `name` and a hash of the data folder. */
export type WantedFolder = {
  near: string
  name: string
  /** A name that must be possible for a socket in it. */
  aName: string
  /** Whether the gateway may run as another account, which must then be able to get there. */
  isForOthers: boolean
}

/**
 * Folders for sockets, the best one first. The data folder's path may be too long for a socket, have characters
 * that nginx's configuration cannot hold, or be closed to the gateway's account.
 */
function possibleFolders(paths: DataPaths, { near, name }: WantedFolder): string[] {
  const { uid } = ours()
  const hashed = `${name}-${shortDigest(paths.root)}`
  const cleared = uid === 0 ? '/run' : `/run/user/${uid}`
  return [near, join(cleared, hashed), join(tmpdir(), `${hashed}-${uid}`)]
}

const isWritable = (folder: string): Promise<boolean> =>
  access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )

async function isUsable(folder: string, { aName, isForOthers }: WantedFolder): Promise<boolean> {
  if (!socketPath.safeParse(join(folder, aName)).success) return false
  if (!(await isWritable(dirname(folder)))) return false
  return !isForOthers || (await closedFolderAbove(folder, everybody)) === null
}

async function chooseFolder(paths: DataPaths, wanted: WantedFolder): Promise<string> {
  const folders = possibleFolders(paths, wanted)
  for (const folder of folders) if (await isUsable(folder, wanted)) return folder
  throw new Error(`none of these folders can hold the platform's sockets: ${folders.join(', ')}`)
}

/** Makes a folder for us alone, or takes an earlier one of ours. Another account may have made one in its place. */
async function ownFolder(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error
  })
  const found = await lstat(folder)
  if (!found.isDirectory() || found.uid !== ours().uid) throw new Error(`${folder} belongs to somebody else`)
}

const isRefused = (error: unknown) => hasCode(error, 'EPERM')

class OwnFolder implements GatewayFolder {
  readonly path: string
  admitted: Account | null = null
  isOpenToAll = false

  constructor(path: string) {
    this.path = path
  }

  async admit(account: Account): Promise<void> {
    if (account.uid === ours().uid) return
    this.admitted = account
    this.isOpenToAll = !(await giveTo(account.gid, this.path, 0o710))
    if (this.isOpenToAll) await chmod(this.path, 0o711)
  }

  async closeToOthers(): Promise<void> {
    if (this.admitted !== null) return
    await chown(this.path, ours().uid, ours().gid)
    await chmod(this.path, 0o700)
  }
}

/** Gives a path of ours to a group, with this mode. Returns false if we may not. */
export async function giveTo(gid: number, path: string, mode: number): Promise<boolean> {
  try {
    await chown(path, ours().uid, gid)
  } catch (error) {
    if (!isRefused(error)) throw error
    return false
  }
  await chmod(path, mode)
  return true
}

/**
 * Prepares a folder. A new one is closed to everybody else. An existing one of ours stays as open as it is: the
 * gateway may be serving from it at this moment.
 */
export async function openGatewayFolder(paths: DataPaths, wanted: WantedFolder): Promise<GatewayFolder> {
  const path = await chooseFolder(paths, wanted)
  await ownFolder(path)
  return new OwnFolder(path)
}
