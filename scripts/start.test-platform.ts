import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { endLeftovers, partsOf } from './lib/leftovers.mjs'
import { readIdentity, waitUntil } from './lib/processes.mjs'
import { leaveRoot } from './lib/root.mjs'
import { startRecord } from './lib/start-lock.mjs'

/** Creates a data folder for a test that the accounts of database and algorithms can reach. */
export function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vt-'))
  chmodSync(folder, 0o711)
  return folder
}

/**
 * The environment of a platform that runs beside others: its own folder and port, no examples, and no installation on
 * the machine.
 */
export const platformEnv = (folder: string, port: number): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: folder,
  LANG: 'C.UTF-8',
  VITRINE_DATA_DIR: folder,
  VITRINE_PORT: String(port),
  VITRINE_DEMO: 'off',
  VITRINE_SYSTEM_PACKAGES: 'off',
})

/** A running script: its output so far, and its exit code. */
export type Running = { child: ChildProcess; output: () => string; ended: Promise<number | null> }

/** Runs one of the scripts in this folder. */
export const runScript = (name: string, env: Record<string, string>): Running =>
  run(process.execPath, [join(import.meta.dirname, name)], env)

/** Runs `npm start`. */
export const runNpmStart = (env: Record<string, string>): Running => run('npm', ['start'], env)

/** Runs a command as the leader of its own process group, as a shell does in a terminal. */
export const runDetached = (file: string, args: readonly string[], env: Record<string, string>): Running =>
  run(file, args, env, true)

function run(file: string, args: readonly string[], env: Record<string, string>, detached = false): Running {
  const cwd = join(import.meta.dirname, '..')
  const child = spawn(file, args, { cwd, env, detached, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (part: string) => (text += part))
  return {
    child,
    output: () => text,
    ended: new Promise((resolve) => child.on('close', resolve)),
  }
}

/** Waits for a text in the output of a script. Fails with the whole output. */
export async function untilPrinted(
  running: Running,
  words: string | RegExp,
  timeoutMs = 120_000,
): Promise<void> {
  const isThere = () => running.output().search(words) >= 0 || running.child.exitCode !== null
  await waitUntil(isThere, timeoutMs)
  expect(running.output()).toMatch(words)
}

/** The pids of everything that serves a data folder, except the start script and the control planes. */
export const servants = (folder: string): number[] =>
  partsOf(folder)
    .slice(3)
    .flatMap((part) => part.find().map(({ pid }) => pid))

/** The pid in a record. */
export function recordedPid(file: string): number {
  const identity = readIdentity(file)
  if (!identity) throw new Error(`there is no record ${file}`)
  return identity.pid
}

/** Ends everything that a test has left on its data folder, and removes the folder. */
export async function cleanUp(folder: string): Promise<void> {
  await endLeftovers(folder, { isHurried: true })
  // A killed `npm start` leaves its record.
  rmSync(dirname(startRecord(folder)), { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
  // The numbers of a folder that does not exist any more are free again.
  await leaveRoot({ root: join(import.meta.dirname, '..'), nodeFile: process.execPath, dataFolder: folder })
}
