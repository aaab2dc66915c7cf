import { spawn } from 'node:child_process'

const keptLines = 400
/** A command that has not exited this many milliseconds after SIGTERM is killed. */
const afterTermMs = 5_000
/** The exit code in place of one, of a command that was not begun: that of a shell after Ctrl-C. */
const notBegun = 130

/**
 * Runs a command to its end. Returns its exit code and the last lines of its output, stdout and stderr in
 * order. `onLine` is called for each line. An abort ends the command; after one, it is not begun.
 * @param {string} file @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, signal?: AbortSignal, onLine?: (line: string) => void }} options
 * @returns {Promise<{ code: number, lines: string[] }>}
 */
export function run(file, args, options = {}) {
  if (options.signal?.aborted) return Promise.resolve({ code: notBegun, lines: [] })
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // It has its own process group. So an abort also reaches its children, and a Ctrl-C in the terminal
      // only reaches it through us.
      detached: true,
    })
    /** @type {string[]} */
    const lines = []
    /** @type {NodeJS.Timeout | undefined} */
    let insisting
    const end = () => {
      const { pid } = child
      if (pid === undefined) return
      killGroup(pid, 'SIGTERM')
      insisting = setTimeout(() => killGroup(pid, 'SIGKILL'), afterTermMs)
    }
    options.signal?.addEventListener('abort', end, { once: true })
    for (const stream of [child.stdout, child.stderr]) {
      let rest = ''
      stream.setEncoding('utf8').on('data', (text) => {
        const parts = (rest + text).split('\n')
        rest = parts.pop() ?? ''
        parts.forEach(keep)
      })
      stream.on('end', () => rest !== '' && keep(rest))
    }
    /** @param {string} line */
    function keep(line) {
      lines.push(line)
      if (lines.length > keptLines) lines.shift()
      options.onLine?.(line)
    }
    child.on('error', (error) => keep(error.message))
    child.on('close', (code) => {
      options.signal?.removeEventListener('abort', end)
      clearTimeout(insisting)
      resolve({ code: code ?? 1, lines })
    })
  })
}

/**
 * Runs a command that communicates with the user itself. Resolves with its exit code.
 * @param {string} file @param {readonly string[]} args @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>}
 */
export function runVisibly(file, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'inherit', 'inherit'] })
    const pass = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal)
    process.on('SIGINT', pass)
    process.on('SIGTERM', pass)
    child.on('error', reject)
    child.on('close', (code) => {
      process.off('SIGINT', pass)
      process.off('SIGTERM', pass)
      resolve(code ?? 1)
    })
  })
}

/** @param {number} pid @param {NodeJS.Signals} signal */
export function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
