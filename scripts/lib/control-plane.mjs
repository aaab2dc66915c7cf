import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync } from 'node:fs'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { readMessages } from './control-plane-messages.mjs'
import { compiledIn, nodeOptions } from './control-plane-node.mjs'
import { killGroup } from './run.mjs'

/**
 * @typedef {import('./control-plane-messages.mjs').Ready} Ready
 * @typedef {import('./control-plane-messages.mjs').Waiting} Waiting
 * @typedef {import('./control-plane-messages.mjs').Refused} Refused
 * @typedef {import('./control-plane-log.mjs').ControlPlaneLog} ControlPlaneLog
 * How a life ended. `problem`: why it could not even begin.
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null, wasReady: boolean, livedMs: number, refused: Refused | null, problem?: string }} End
 */

const longestPauseMs = 30_000
/** A control plane that has run this long counts as healthy again. In milliseconds. */
const wellAfterMs = 60_000
/** How long messages are read after the end of the control plane, in milliseconds. */
const lastMessageMs = 1_000

/** Exit code of a control plane whose database or data folder is used by another one. Starting it again would not help. */
const usedByAnother = 75

/** The pause in milliseconds before the next attempt, after this many failures in a row. @param {number} failures */
export const pauseMs = (failures) => Math.min(longestPauseMs, 500 * 2 ** (failures - 1))

/**
 * A module that makes Node name the lines of the sources in stack traces. `--enable-source-maps` is not used: with it,
 * Node reads the whole map even for code that asks only for the files of its callers, as the logger does at each start.
 */
const mapped = 'data:text/javascript,process.setSourceMapsEnabled(true)'

/**
 * One life of the control plane: it has its own process group, writes to the log, and has a socket to us as its
 * descriptor 3. `command` are words that are put in front of its command line.
 * @param {{ nodeFile: string, root: string, env: NodeJS.ProcessEnv, log: ControlPlaneLog, entry?: string, command?: readonly string[] }} input
 */
function launch({ nodeFile, root, env, log: { open }, entry, command = [] }) {
  const log = open()
  const program = entry ?? join(root, 'dist', 'server', 'main.js')
  const [file, ...args] = [...command, nodeFile, ...nodeOptions, '--import', mapped, program]
  const child = spawn(file, args, {
    cwd: root,
    env: { NODE_COMPILE_CACHE: compiledIn(root), ...env, VITRINE_PARENT_FD: '3' },
    stdio: ['ignore', log, log, 'pipe'],
    detached: true,
  })
  closeSync(log)
  const channel = child.stdio[3]
  if (!(channel instanceof Duplex)) throw new Error('the control plane has no channel')
  return { child, channel }
}

/**
 * Keeps a control plane running: starts it again, after a pause, when it dies. `stop` ends it for good.
 * @param {{
 *   nodeFile: string, root: string, env: NodeJS.ProcessEnv, log: ControlPlaneLog, entry?: string, command?: readonly string[],
 *   onReady: (ready: Ready, isFirst: boolean) => void,
 *   onDeath: (end: End, pause: number) => void,
 *   onWaiting?: (waiting: Waiting) => void,
 * }} input
 */
export function keepControlPlane(input) {
  /** @type {ReturnType<typeof launch> | null} */
  let life = null
  let wasEverReady = false
  const stopping = new AbortController()

  /** One life. Memory, the disk or numbers of processes may be short for a moment, so one that cannot begin counts as one that ended. @returns {Promise<End>} */
  const live = () =>
    begunLife().catch((error) => {
      life = null
      const problem = error instanceof Error ? error.message : String(error)
      return { code: null, signal: null, wasReady: false, livedMs: 0, refused: null, problem }
    })

  /** Rejects if the control plane cannot be started. @returns {Promise<End>} */
  const begunLife = () =>
    new Promise((resolve, reject) => {
      const begun = Date.now()
      let wasReady = false
      /** @type {Refused | null} */
      let refused = null
      const { child, channel } = (life = launch(input))
      readMessages(channel, (message) => {
        if (message.type === 'refused') refused = message
        if (message.type === 'waiting') input.onWaiting?.(message)
        if (message.type !== 'ready') return
        wasReady = true
        input.onReady(message, !wasEverReady)
        wasEverReady = true
      })
      child.on('error', reject)
      child.on('exit', async (code, signal) => {
        // Its last message may still be on the way. The wait is limited, because another process may hold the socket.
        await Promise.race([once(channel, 'close'), delay(lastMessageMs)])
        channel.destroy()
        life = null
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
      if (life?.channel.writable) life.channel.write(`${JSON.stringify({ type: 'machine_grew' })}\n`)
    },
    /** @param {NodeJS.Signals} signal */
    stop(signal) {
      stopping.abort()
      if (life?.child.pid !== undefined) killGroup(life.child.pid, signal)
    },
  }
}
