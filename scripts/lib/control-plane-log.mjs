import { closeSync, constants, fstatSync, readSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { inFolder, mustBeCareful, openPlain, plainFile } from './held-folder.mjs'
import { plainText } from './plain-text.mjs'

const largestLog = 10 * 1024 * 1024
const keptLogs = 3
const longestLine = 400
/** How much of the end of a log is read for its last lines, in bytes. */
const longestTail = 256 * 1024
const name = 'control-plane.log'

/** @typedef {import('./held-folder.mjs').Held} Held */

/**
 * Renames a log that has grown too large, and keeps a few old ones. Anything that is not a plain file is renamed too.
 * @param {Held} held @param {number} largest bytes
 */
function rotate(held, largest) {
  const log = plainFile(held, name)
  if (log === null || (log.isPlain && log.size <= largest)) return
  rmSync(held.path(`${name}.${keptLogs}`), { force: true })
  for (let number = keptLogs - 1; number >= 1; number--)
    if (plainFile(held, `${name}.${number}`))
      renameSync(held.path(`${name}.${number}`), held.path(`${name}.${number + 1}`))
  renameSync(held.path(name), held.path(`${name}.1`))
}

/** The text of a file from a byte on, at most its last bytes. @param {number} fd @param {number} from */
function textFrom(fd, from) {
  const { size } = fstatSync(fd)
  // If the log is shorter now, it has been rotated.
  const begin = Math.max(from > size ? 0 : from, size - longestTail)
  const bytes = Buffer.alloc(size - begin)
  return bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, begin))
}

/**
 * The log of the control plane of a data folder. As root, no link in place of it or of its folder is followed,
 * because the platform's account may write there.
 * @param {string} dataFolder
 * @param {{ isCareful?: boolean, largest?: number }} options `largest`: bytes after which it is rotated
 */
export function controlPlaneLog(dataFolder, { isCareful = mustBeCareful(), largest = largestLog } = {}) {
  /** @template T @param {(held: Held) => T} work */
  const within = (work) => inFolder(dataFolder, 'logs', isCareful, work)
  return {
    /** The path that people see. */
    path: join(dataFolder, 'logs', name),
    /**
     * Opens the log for appending. Begins a new file if the present one is too large. @returns {number} its descriptor
     */
    open: () =>
      within((held) => {
        rotate(held, largest)
        return openPlain(held, name, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT)
      }),
    /** Its size in bytes; 0 if there is none. @returns {number} */
    size: () => within((held) => plainFile(held, name)?.size ?? 0),
    /**
     * The last lines after a certain byte, for a terminal. Long lines are cut.
     * @param {number} from @returns {string[]}
     */
    tail: (from, count = 20) =>
      within((held) => {
        const fd = openPlain(held, name, constants.O_RDONLY)
        try {
          const lines = textFrom(fd, from).trimEnd().split('\n').slice(-count)
          return lines.map((line) => plainText(line, longestLine))
        } finally {
          closeSync(fd)
        }
      }),
  }
}

/** @typedef {ReturnType<typeof controlPlaneLog>} ControlPlaneLog */
