import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { hasCode } from './has-code.mjs'
import { UserError, words } from './words.mjs'

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants

/** Whether we are root. Then files and links in folders of another account must not lead us to other places. */
export const mustBeCareful = () => process.platform === 'linux' && process.getuid?.() === 0

/**
 * A folder, held so that nobody can put another one in its place: `path` gives the path of a file in it, and
 * `owner` is its user and group.
 * @typedef {{ path: (name: string) => string, owner: { uid: number, gid: number }, isCareful: boolean }} Held
 */

/** @param {string} folder */
const isNoFolder = (folder) =>
  new UserError(
    words(
      `${folder} 不是文件夹，或是链接；root 不跟随数据文件夹中的链接，也不跟随他人的链接。`,
      `${folder} is not a folder, or a link: root follows no link inside of the data folder, and none of somebody else.`,
    ),
  )

/** Makes a folder unless it exists. @param {string} folder */
function makeIfAbsent(folder) {
  try {
    mkdirSync(folder)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

/** @param {string} folder @param {string} shown */
function openNoLink(folder, shown) {
  try {
    return openSync(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  } catch (error) {
    throw hasCode(error, 'ENOTDIR', 'ELOOP') ? isNoFolder(shown) : error
  }
}

/** The folder itself, if root has put a link in its place. @param {string} folder */
function withoutOwnLink(folder) {
  const entry = lstatSync(folder)
  return entry.isSymbolicLink() && entry.uid === 0 ? realpathSync(folder) : folder
}

/** Node has no openat(). The kernel resolves this path from the open folder. @param {number} fd @param {string} name */
const below = (fd, name) => `/proc/self/fd/${fd}/${name}`

/**
 * Works in a folder directly below another one, and makes it if it is absent. Careful: it is entered without
 * following a link, belongs to the owner of the one above, and stays the same however its path changes
 * meanwhile. Throws {@link UserError} if it is a link or no folder. The one above may be a link of root's.
 * @template T @param {string} base @param {string} name @param {boolean} isCareful
 * @param {(held: Held) => T} work @returns {T}
 */
export function inFolder(base, name, isCareful, work) {
  const folder = join(base, name)
  if (!isCareful) {
    mkdirSync(folder, { recursive: true })
    const { uid, gid } = statSync(folder)
    return work({ path: (file) => join(folder, file), owner: { uid, gid }, isCareful })
  }
  const above = openNoLink(withoutOwnLink(base), base)
  try {
    const isNew = makeIfAbsent(below(above, name))
    const fd = openNoLink(below(above, name), folder)
    try {
      const { uid, gid } = fstatSync(above)
      if (isNew) fchownSync(fd, uid, gid)
      return work({ path: (file) => below(fd, file), owner: { uid, gid }, isCareful })
    } finally {
      closeSync(fd)
    }
  } finally {
    closeSync(above)
  }
}

/**
 * Whether a name in a held folder is a plain file that has no other name; without care, also what a link leads
 * to. Null if nothing has this name.
 * @param {Held} held @param {string} name
 */
export function plainFile(held, name) {
  const read = held.isCareful ? lstatSync : statSync
  const entry = read(held.path(name), { throwIfNoEntry: false })
  if (!entry) return null
  return { isPlain: !held.isCareful || (entry.isFile() && entry.nlink === 1), size: entry.size }
}

/**
 * Opens a plain file in a held folder. A file that this makes belongs to the folder's owner, mode 0600. Careful: throws
 * if it is a link, anything else than a file, or has a second name elsewhere. A file with content keeps its owner, so
 * that somebody who renames a file of root into the folder still cannot read it.
 * @param {Held} held @param {string} name @param {number} flags of fs.constants
 */
export function openPlain(held, name, flags) {
  if (!held.isCareful) return openSync(held.path(name), flags, 0o600)
  const fd = openSync(held.path(name), flags | O_NOFOLLOW | O_NONBLOCK, 0o600)
  const entry = fstatSync(fd)
  if (!entry.isFile() || entry.nlink !== 1) {
    closeSync(fd)
    throw new Error(`${name} is not a plain file with one name`)
  }
  if (entry.size === 0) fchownSync(fd, held.owner.uid, held.owner.gid)
  return fd
}
