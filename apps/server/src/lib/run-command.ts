import { spawn, type ChildProcess, type SpawnOptions, type StdioOptions } from 'node:child_process'
import { openSync, closeSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { hasCode } from './code-of-error.ts'
import { limitReading } from './limit-reading.ts'
import { lineSplitter } from './line-splitter.ts'
import { identifySync, type ProcessIdentity } from './procfs/process-identity.ts'

/** The user that a child process runs as, if the platform runs as root. */
export type RunAs = { uid: number; gid: number }

/**
 * A command to run as a child process. `env` is its complete environment. `args` are never passed to a shell.
 */
export type Command = {
  file: string
  args: readonly string[]
  cwd: string
  env: Readonly<Record<string, string>>
  runAs?: RunAs
}

/** How a command ended. A non-zero exit code is a value, not an exception. */
export type CommandResult = {
  exitCode: number | null
  signal: NodeJS.Signals | null
  /** Why we ended the command, if we did. */
  ended: 'timeout' | 'silence' | 'aborted' | null
  /** The message of the error if the file could not be started at all. */
  startError: string | null
  /** The last lines, at most `keepLines`. A line longer than a mebibyte is cut. */
  stdout: string[]
  stderr: string[]
}

const keepDefault = 200
const graceMs = 3_000
/** How often `graceMs` is waited after the end of a command for somebody else who prints on and on. */
const mostWaits = 10
/** More than the pipes of a command hold. What comes after its end beyond that was printed by somebody else. In bytes. */
const mostAfterEnd = 1024 ** 2

function spawnOptions(command: Command, stdio: StdioOptions, detached: boolean): SpawnOptions {
  return {
    cwd: command.cwd,
    env: { ...command.env },
    stdio,
    shell: false,
    detached,
    ...(command.runAs && { uid: command.runAs.uid, gid: command.runAs.gid }),
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error
  }
}

function collectLines(stream: Readable, keep: number, onLine?: (line: string) => void): string[] {
  const lines: string[] = []
  const splitter = lineSplitter((line) => {
    lines.push(line)
    if (lines.length > keep) lines.shift()
    onLine?.(line)
  })
  stream.on('data', (chunk) => splitter.write(chunk))
  stream.on('end', () => splitter.end())
  if (onLine) limitReading(stream)
  return lines
}

/**
 * Calls back once a command has ended and nothing of its output comes for a while: what it printed itself may not have been read
 * yet. Calls back after `mostWaits` as well, when all that comes was printed by somebody else. Returns a function that stops this.
 */
function watchAfterEnd(
  child: Pick<ChildProcess, 'stdout' | 'stderr' | 'on'>,
  stillMs: number,
  onStill: () => void,
): () => void {
  let received = 0
  let timer: NodeJS.Timeout | undefined
  let check: NodeJS.Immediate | undefined
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (received += chunk.length))
  const wait = (before: number, most: number, waits: number) => {
    timer = setTimeout(() => {
      // What came while this process was busy is read between a timer and this.
      check = setImmediate(() => {
        if (received === before || received > most || waits === 1) onStill()
        else wait(received, most, waits - 1)
      })
    }, stillMs)
  }
  child.on('exit', () => wait(received, received + mostAfterEnd, mostWaits))
  return () => {
    clearTimeout(timer)
    clearImmediate(check)
  }
}

/** Calls back when a command prints nothing for so long. Returns a function that stops this. */
function watchSilence(
  { stdout, stderr }: Pick<ChildProcess, 'stdout' | 'stderr'>,
  silenceMs: number | undefined,
  onSilence: () => void,
): () => void {
  if (!silenceMs) return () => undefined
  const timer = setTimeout(onSilence, silenceMs)
  for (const stream of [stdout, stderr]) stream?.on('data', () => timer.refresh())
  return () => clearTimeout(timer)
}

/**
 * Runs a command in its own process group and resolves when its output is closed. On timeout, after `silenceMs` without any
 * output, or on abort the whole group gets TERM, and after `graceMs` (three seconds) KILL. A process that still holds the output after that, or
 * prints nothing for `graceMs` after the command has ended by itself, is not waited for. One that prints on and on is not waited
 * for longer than ten times that.
 */
export function runCommand(
  command: Command,
  options: {
    timeoutMs?: number
    silenceMs?: number
    graceMs?: number
    signal?: AbortSignal
    keepLines?: number
    onStdout?: (line: string) => void
    onStderr?: (line: string) => void
  } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(
      command.file,
      [...command.args],
      spawnOptions(command, ['ignore', 'pipe', 'pipe'], true),
    )
    let ended: CommandResult['ended'] = null
    let startError: string | null = null
    let killTimer: NodeJS.Timeout | undefined
    /** A process that left the group may keep the pipes open for ever. We do not wait for it. */
    const letGo = () => {
      child.stdout?.destroy()
      child.stderr?.destroy()
    }
    const end = (reason: Exclude<CommandResult['ended'], null>) => {
      if (ended || child.pid === undefined) return
      ended = reason
      const { pid } = child
      signalGroup(pid, 'SIGTERM')
      killTimer = setTimeout(() => {
        signalGroup(pid, 'SIGKILL')
        letGo()
      }, options.graceMs ?? graceMs)
    }
    const onAbort = () => end('aborted')
    const timer = options.timeoutMs ? setTimeout(() => end('timeout'), options.timeoutMs) : undefined
    const stopListening = watchSilence(child, options.silenceMs, () => end('silence'))
    const keep = options.keepLines ?? keepDefault
    const stdout = child.stdout ? collectLines(child.stdout, keep, options.onStdout) : []
    const stderr = child.stderr ? collectLines(child.stderr, keep, options.onStderr) : []
    child.on('error', (error) => (startError = error.message))
    const stopWatching = watchAfterEnd(child, options.graceMs ?? graceMs, letGo)
    child.on('close', (exitCode, signal) => {
      clearTimeout(timer)
      stopListening()
      clearTimeout(killTimer)
      stopWatching()
      options.signal?.removeEventListener('abort', onAbort)
      resolve({ exitCode, signal, ended, startError, stdout, stderr })
    })
    if (options.signal?.aborted) onAbort()
    else options.signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** A child process whose output is read as byte streams. */
export type StreamingChild = {
  stdin: Writable
  stdout: Readable
  stderr: Readable
  /** Ends the whole process group now. */
  kill(): void
  /** Resolves when the child has ended, or could not be started; its output may not have been read yet. */
  ended: Promise<void>
  /** Resolves when the child has closed all its streams. */
  closed: Promise<{ exitCode: number | null; startError: string | null }>
}

/**
 * Starts a command for its byte streams (git's smart HTTP, media tools). The caller must read all of stdout
 * and stderr.
 */
export function streamCommand(command: Command): StreamingChild {
  const child = spawn(command.file, [...command.args], spawnOptions(command, ['pipe', 'pipe', 'pipe'], true))
  const { stdin, stdout, stderr } = child
  if (!stdin || !stdout || !stderr) throw new Error('spawn gave no pipes')
  let startError: string | null = null
  child.on('error', (error) => (startError = error.message))
  const closed = new Promise<{ exitCode: number | null; startError: string | null }>((resolve) =>
    child.on('close', (exitCode) => resolve({ exitCode, startError })),
  )
  const ended = new Promise<void>((resolve) => {
    child.on('exit', () => resolve())
    child.on('error', () => resolve())
  })
  const kill = () => {
    if (child.pid !== undefined && child.exitCode === null) signalGroup(child.pid, 'SIGKILL')
  }
  return { stdin, stdout, stderr, kill, ended, closed }
}

/** Only the platform reads what programs print: it may contain names and values of people's data. */
const ownMode = 0o600

/**
 * Starts a process that outlives us. It has its own session, its output is appended to files, and nobody
 * waits for it. It gets the descriptors in `open` as those from 3 on; they may be closed when this call returns.
 * Resolves with its identity when it has been started, even if it has already ended. Rejects if it could not be
 * started: its log file could not be opened, the file does not exist, or it is not
 * executable. `onExit` reports its end while we live, and never before the identity is known.
 * With `hold` the process must read its standard input before it continues. It gets the text with which
 * `hold` resolves. If `hold` rejects, the input ends without a text and this call rejects too.
 */
export function startDetached(
  command: Command,
  output: { stdout: string; stderr: string; open?: readonly number[] },
  onExit?: (exit: { exitCode: number | null; signal: NodeJS.Signals | null }) => void,
  hold?: (identity: ProcessIdentity) => Promise<string>,
): Promise<ProcessIdentity> {
  return new Promise((resolve, reject) => {
    const stdout = openSync(output.stdout, 'a', ownMode)
    const stderr = openSync(output.stderr, 'a', ownMode)
    const child = spawn(
      command.file,
      [...command.args],
      spawnOptions(command, [hold ? 'pipe' : 'ignore', stdout, stderr, ...(output.open ?? [])], true),
    )
    closeSync(stdout)
    closeSync(stderr)
    const identity = child.pid === undefined ? null : identifySync(child.pid)
    let refused = false
    const refuse = (error: unknown) => {
      refused = true
      child.stdin?.destroy()
      reject(error)
    }
    child.on('error', reject)
    child.on('exit', (exitCode, signal) => refused || onExit?.({ exitCode, signal }))
    // If the process ended before it read its text, its exit is reported instead.
    child.stdin?.on('error', () => undefined)
    child.on('spawn', () => {
      child.unref()
      if (!identity)
        return refuse(new Error(`the system does not say when ${command.file} was started (no /proc)`))
      const holding = hold ? hold(identity) : Promise.resolve('')
      holding.then((text) => {
        child.stdin?.end(text)
        resolve(identity)
      }, refuse)
    })
  })
}
