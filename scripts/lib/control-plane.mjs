import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { killGroup } from './run.mjs'

/**
 * What the control plane says on its channel once everything answers.
 * @typedef {{ type: 'ready', url: string, setupUrl: string | null, administratorMade: boolean, notes: string[] }} Ready
 * What it says while its start waits for something that may take a while.
 * @typedef {{ type: 'waiting', zh: string, en: string }} Waiting
 * What it says before it ends for a reason that a person can do something about.
 * @typedef {{ type: 'refused', zh: string, en: string }} Refused
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null, wasReady: boolean, livedMs: number, refused: Refused | null }} End
 */

const largestLog = 10 * 1024 * 1024
const keptLogs = 3
const longestLine = 400
const longestPauseMs = 30_000
/** A control plane that lived this long is counted as well again. */
const wellAfterMs = 60_000

/** Exit code of a control plane whose database another one uses: to start it again would not help. */
const usedByAnother = 75

/** Moves a log that has grown large aside, and keeps a few such. @param {string} file */
export function rotateLog(file, largest = largestLog) {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) <= largest) return
  rmSync(`${file}.${keptLogs}`, { force: true })
  for (let number = keptLogs - 1; number >= 1; number--)
    if (statSync(`${file}.${number}`, { throwIfNoEntry: false }))
      renameSync(`${file}.${number}`, `${file}.${number + 1}`)
  renameSync(file, `${file}.1`)
}

/** The last lines of a log from a certain byte on, long ones cut. @param {string} file @param {number} from */
export function logTail(file, from, count = 20) {
  const text = readFileSync(file).subarray(from).toString('utf8')
  const lines = text.trimEnd().split('\n').slice(-count)
  return lines.map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)} …` : line))
}

/** How long to wait before the next try after so many failures in a row. @param {number} failures */
export const pauseMs = (failures) => Math.min(longestPauseMs, 500 * 2 ** (failures - 1))

/**
 * One life of the control plane: its own process group, its output in the log, a channel to us.
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

  /** Resolves when it was stopped (null), died without ever having been ready, or another has its database. @returns {Promise<End | null>} */
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
    /** Tells the control plane that the machine has got more system packages. */
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
