import { linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hasCode } from './has-code.mjs'
import { forgetNumbers } from './platform-numbers.mjs'
import { identify, isAlive, readable, readIdentity } from './processes.mjs'
import { leaveStateFolder, stateFolder } from './state-folder.mjs'
import { UserError, words } from './words.mjs'

/** How often the folder is asked for while another process removes a stale record, which takes it moments. */
const mostTries = 500
const betweenTriesMs = 10

/** The record of the `npm start` of a data folder. @param {string} dataFolder */
export const startRecord = (dataFolder) => join(stateFolder(dataFolder), 'start.json')
/** The record of an `npm start` that may stand by: there can be several. @param {string} dataFolder @param {number} pid */
const standbyStartRecord = (dataFolder, pid) => join(stateFolder(dataFolder), `start-${pid}.json`)

/**
 * The living `npm start`s in a folder of records, without this one.
 * @param {string} folder
 */
export function startsIn(folder) {
  const names = (readable(() => readdirSync(folder)) ?? []).filter((name) =>
    /^start(-\d+)?\.json$/.test(name),
  )
  const found = names.flatMap((name) => readIdentity(join(folder, name)) ?? [])
  return found.filter((identity) => identity.pid !== process.pid && isAlive(identity))
}

/** Whether another `npm start` is there for a data folder, which then goes on with it. @param {string} dataFolder */
export const hasOtherStart = (dataFolder) => startsIn(stateFolder(dataFolder)).length > 0

/** The record of the control plane of a data folder. @param {string} dataFolder */
export const controlPlaneRecord = (dataFolder) => join(dataFolder, 'run', 'control-plane.json')

/** @param {string} from @param {string} to */
function linkIfAbsent(from, to) {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

/**
 * Makes this process the one that runs the platform on a data folder. Throws with the pid if another process
 * already does, unless this one `standsBy`: then the control planes decide which of them leads. Returns a function that
 * releases the folder.
 * @param {string} dataFolder @param {{ standsBy?: boolean }} options
 */
export function takeDataFolder(dataFolder, { standsBy = false } = {}) {
  // The same modes as in the control plane: other accounts may pass through to their own folders, but see
  // nothing on the way.
  mkdirSync(dataFolder, { recursive: true, mode: 0o711 })
  const file = startRecord(dataFolder)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const record = `${JSON.stringify(identify(process.pid))}\n`
  if (standsBy) {
    const own = standbyStartRecord(dataFolder, process.pid)
    writeFileSync(own, record)
    return () => {
      rmSync(own, { force: true })
      leaveStateFolder(dataFolder)
    }
  }
  const own = `${file}.${process.pid}`
  writeFileSync(own, record)
  try {
    for (let tries = 0; tries < mostTries; tries++) {
      if (linkIfAbsent(own, file)) return () => release(dataFolder)
      const holder = readIdentity(file)
      if (holder && isAlive(holder)) throw alreadyRunning(dataFolder, holder.pid)
      if (!removeStale(file, own))
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, betweenTriesMs)
    }
    throw new UserError(words(`无法锁定 ${dataFolder}`, `The folder ${dataFolder} could not be locked`))
  } finally {
    rmSync(own, { force: true })
  }
}

/**
 * Removes a stale record, unless it is another process's turn to do so: then false. Each looks at the record again when it has its
 * turn, because several may find it stale, and the first of them has put its own in the place of it.
 * @param {string} file @param {string} own our own record
 */
function removeStale(file, own) {
  const turn = `${file}.turn`
  if (!linkIfAbsent(own, turn)) {
    const other = readIdentity(turn)
    if (other !== null && !isAlive(other)) rmSync(turn, { force: true })
    return false
  }
  try {
    if (!isAlive(readIdentity(file))) rmSync(file, { force: true })
    return true
  } finally {
    rmSync(turn, { force: true })
  }
}

/** @param {string} dataFolder */
function release(dataFolder) {
  const file = startRecord(dataFolder)
  if (readIdentity(file)?.pid === process.pid) rmSync(file, { force: true })
  leaveStateFolder(dataFolder)
}

/**
 * Removes the record of the users as which the platform of a data folder has run. Does so only if nothing of the
 * platform runs any more and no other start has begun on the folder.
 * @param {string} dataFolder
 */
export function forgetPlatform(dataFolder) {
  if (hasOtherStart(dataFolder)) return
  forgetNumbers(dataFolder)
  leaveStateFolder(dataFolder)
}

/** @param {string} dataFolder @param {number} pid */
const alreadyRunning = (dataFolder, pid) =>
  new UserError(
    words(
      `数据文件夹 ${dataFolder} 正由进程 ${pid} 的 npm start 使用。要停止它：在其终端按 Ctrl-C，或运行 npm run down。`,
      `The data folder ${dataFolder} is in use by an npm start that runs as process ${pid}. To stop it: Ctrl-C there, or npm run down.`,
    ),
  )
