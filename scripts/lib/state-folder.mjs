import { createHash } from 'node:crypto'
import { accessSync, constants, realpathSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode } from './has-code.mjs'
import { readable } from './processes.mjs'

/** @param {string} folder */
function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/**
 * The name of a data folder in root's own folders. It is the same for all links to the folder.
 * @param {string} dataFolder
 */
const nameOf = (dataFolder) =>
  createHash('sha256')
    .update(readable(() => realpathSync(dataFolder)) ?? dataFolder)
    .digest('hex')
    .slice(0, 12)

/**
 * The folder in which the start keeps what it knows about a data folder. For root it belongs to root and is not in the
 * data folder. Otherwise the owner of the data folder could make root end any process, trust wrong records or overwrite
 * any file. It is emptied at a reboot. An ordinary user, or root on a machine whose /run is read-only, has no better
 * place than the data folder.
 * @param {string} dataFolder
 */
export function stateFolder(dataFolder) {
  return hasOwnState() ? join('/run/vitrine', nameOf(dataFolder)) : join(dataFolder, 'run')
}

/** Whether root has its own folder for this. */
const hasOwnState = () => process.getuid?.() === 0 && isWritable('/run')

const stillUsed = ['ENOTEMPTY', 'EEXIST', 'ENOENT']

/** Removes root's own folder for a data folder, unless it still holds something. @param {string} dataFolder */
export function leaveStateFolder(dataFolder) {
  if (!hasOwnState()) return
  try {
    rmdirSync(stateFolder(dataFolder))
  } catch (error) {
    if (!hasCode(error, ...stillUsed)) throw error
  }
}
