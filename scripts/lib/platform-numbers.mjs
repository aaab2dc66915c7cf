import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { userOf } from './processes.mjs'
import { readSmall } from './small-file.mjs'
import { stateFolder } from './state-folder.mjs'

/** @typedef {{ first: number, size: number }} Numbers consecutive numbers of users */

/** @type {readonly Numbers[]} */
export const rootItself = [{ first: 0, size: 1 }]

/** @param {string} dataFolder */
const fileOf = (dataFolder) => join(stateFolder(dataFolder), 'platform.json')

/** @param {readonly Numbers[]} numbers @param {number} user */
const isAmong = (numbers, user) => numbers.some(({ first, size }) => user >= first && user < first + size)

/**
 * Whether we may end a process of a user, as one of a platform that runs as these numbers. The kernel restricts an
 * ordinary user, but not root, and the records of processes are partly written by the platform itself. So root ends
 * only processes of the platform's users, unless the platform itself runs as root. Pure.
 * @param {{ isRoot: boolean, numbers: readonly Numbers[] }} platform @param {number | null} user null: it is gone
 */
export const mayEnd = ({ isRoot, numbers }, user) =>
  !isRoot || isAmong(numbers, 0) || (user !== null && isAmong(numbers, user))

/**
 * Records as which users the platform of a data folder runs from now on, if we are root. An ordinary user needs no
 * record.
 * @param {string} dataFolder @param {readonly Numbers[]} numbers
 */
export function noteNumbers(dataFolder, numbers) {
  if (process.getuid?.() !== 0) return
  mkdirSync(stateFolder(dataFolder), { recursive: true, mode: 0o700 })
  const file = fileOf(dataFolder)
  const own = `${file}.${process.pid}`
  writeFileSync(own, JSON.stringify(numbers), { mode: 0o600 })
  renameSync(own, file)
}

/** Forgets them, once nothing of the platform runs. @param {string} dataFolder */
export const forgetNumbers = (dataFolder) => rmSync(fileOf(dataFolder), { force: true })

/**
 * The numbers as which the platform of a data folder runs: those that root has noted, else the folder's owner.
 * @param {string} dataFolder @returns {Numbers[]}
 */
function numbersOf(dataFolder) {
  const noted = readSmall(fileOf(dataFolder))
  if (noted !== null) return JSON.parse(noted)
  const owner = statSync(dataFolder, { throwIfNoEntry: false })
  return owner ? [{ first: owner.uid, size: 1 }] : []
}

/**
 * Returns whether a process may be ended as one of the platform's.
 * @param {string} dataFolder @returns {(identity: { pid: number }) => boolean}
 */
export function endable(dataFolder) {
  const isRoot = process.getuid?.() === 0
  if (!isRoot) return () => true
  const platform = { isRoot, numbers: numbersOf(dataFolder) }
  return ({ pid }) => mayEnd(platform, userOf(pid))
}
