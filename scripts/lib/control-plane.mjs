import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { killGroup } from './run.mjs'

/**
 * The message of the control plane when everything answers.
 * @typedef {{ type: 'ready', url: string, setupUrl: string | null, administratorMade: boolean, notes: string[] }} Ready
 * The message while its start waits for something that may take long.
 * @typedef {{ type: 'waiting', zh: string, en: string }} Waiting
 * The message before it exits for a reason that a person can fix.
 * @typedef {{ type: 'refused', zh: string, en: string }} Refused
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null, wasReady: boolean, livedMs: number, refused: Refused | null }} End
 */

const largestLog = 10 * 1024 * 1024
const keptLogs = 3
const longestLine = 400
const longestPauseMs = 30_000
/** A control plane that has run this long counts as healthy again. */
const wellAfterMs = 60_000

/** Exit code of a control plane whose database or data folder is used by another one. Starting it again would not help. */
const usedByAnother = 75

/** Renames a log that has grown too large, and keeps a few old ones. @param {string} file */
export function rotateLog(file, largest = largestLog) {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) <= largest) return
  rmSync(`${file}.${keptLogs}`, { force: true })
  for (let number = keptLogs - 1; number >= 1; number--)
    if (statSync(`${file}.${number}`, { throwIfNoEntry: false }))
      renameSync(`${file}.${number}`, `${file}.${number + 1}`)
  renameSync(file, `${file}.1`)
}

/**
 * Returns the last lines of a log after a certain byte. Long lines are cut.
 * @param {string} file @param {number} from
 */
export function logTail(file, from, count = 20) {
  const text = readFileSync(file).subarray(from).toString('utf8')
  const lines = text.trimEnd().split('\n').slice(-count)
  return lines.map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)} …` : line))
}

/** The pause before the next attempt after so many failures in a row. @param {number} failures */
export const pauseMs = (failures) => Math.min(longestPauseMs, 500 * 2 ** (failures - 1))

/**
 * One life of the control plane: it has its own process group, writes to the log, and has a channel to us.
 * @param {{ nodeFile: string, root: string, env: NodeJS.ProcessEnv, logFile: string, entry?: string }} input
 */
function launch({ nodeFile, root, env, logFile, entry }) {
  const log = openSync(logFile, 'a', 0o600)
  const child = spawn(nodeFile, ['--enable-source-maps', entry ?? join(root, 'dist', 'server', 'main.js')], {
    cwd: root,
    env,
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
  })
  closeSync(log)
  return child
}

/**
 * Keeps a control plane running: starts it again, after a pause, when it dies. `stop` ends it for good.
 * @param {{
 *   nodeFile: string, root: string, env: NodeJS.ProcessEnv, logFile: string, entry?: string,
 *   onReady: (ready: Ready, isFirst: boolean) => void,
 *   onDeath: (end: End, pause: number) => void,
 *   onWaiting?: (waiting: Waiting) => void,
 * }} input
 */
export function keepControlPlane(input) {
  /** @type {import('node:child_process').ChildProcess | null} */
  let child = null
  let wasEverReady = false
  const stopping = new AbortController()

  /** @returns {Promise<End>} */
  const live = () =>
    new Promise((resolve) => {
      rotateLog(input.logFile)
      const begun = Date.now()
      let wasReady = false
      /** @type {Refused | null} */
      let refused = null
      child = launch(input)
      child.on('message', (/** @type {Ready | Waiting | Refused} */ message) => {
        if (message.type === 'refused') refused = message
        if (message.type === 'waiting') input.onWaiting?.(message)
        if (message.type !== 'ready') return
        wasReady = true
        input.onReady(message, !wasEverReady)
        wasEverReady = true
      })
      child.on('close', (code, signal) => {
        child = null
        resolve({ code, signal, wasReady, livedMs: Date.now() - begun, refused })
      })
    })

  /**
   * Resolves when it was stopped (null), when it exited without ever being ready, or when another one has its
   * database.
   * @returns {Promise<End | null>}
   */
  async function keep() {
    for (let failures = 0; ;) {
      const end = await live()
      if (stopping.signal.aborted) return null
      if (!wasEverReady || end.code === usedByAnother) return end
      failures = end.wasReady && end.livedMs >= wellAfterMs ? 1 : failures + 1
      input.onDeath(end, pauseMs(failures))
      await delay(pauseMs(failures), undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return null
    }
  }

  return {
    done: keep(),
    wasEverReady: () => wasEverReady,
    /** Tells the control plane that more system packages have been installed. */
    tellMachineGrew() {
      if (child?.connected) child.send({ type: 'machine_grew' })
    },
    /** @param {NodeJS.Signals} signal */
    stop(signal) {
      stopping.abort()
      if (child?.pid !== undefined) killGroup(child.pid, signal)
    },
  }
}
