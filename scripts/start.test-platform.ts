import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { endLeftovers, partsOf } from './lib/leftovers.mjs'
import { readIdentity, waitUntil } from './lib/processes.mjs'

/** A data folder of the test's own that the accounts of database and algorithms can reach. */
export function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vt-'))
  chmodSync(folder, 0o711)
  return folder
}

/** A port of this machine that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address !== null && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('no port')),
      )
    })
  })
}

/** The environment of a platform beside others: its own folder and port, no examples, nothing installed on the machine. */
export const platformEnv = (folder: string, port: number): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: folder,
  LANG: 'C.UTF-8',
  VITRINE_DATA_DIR: folder,
  VITRINE_PORT: String(port),
  VITRINE_DEMO: 'off',
  VITRINE_SYSTEM_PACKAGES: 'off',
})

/** A script under way: what it has printed so far, and how it ended. */
export type Running = { child: ChildProcess; output: () => string; ended: Promise<number | null> }

/** Runs one of the scripts in this folder. */
export const runScript = (name: string, env: Record<string, string>): Running =>
  run(process.execPath, [join(import.meta.dirname, name)], env)

/** Runs `npm start`. */
export const runNpmStart = (env: Record<string, string>): Running => run('npm', ['start'], env)

/** Runs a command as the leader of a process group of its own, as a shell does in a terminal. */
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

/** Waits for words in what a script prints; fails with all that it printed. */
export async function untilPrinted(
  running: Running,
  words: string | RegExp,
  timeoutMs = 60_000,
): Promise<void> {
  const isThere = () => running.output().search(words) >= 0 || running.child.exitCode !== null
  await waitUntil(isThere, timeoutMs)
  expect(running.output()).toMatch(words)
}

/** Pids of what serves a data folder, beside the start script and the control plane. */
export const servants = (folder: string): number[] =>
  partsOf(folder)
    .slice(2)
    .flatMap((part) => part.find().map(({ pid }) => pid))

/** The pid in one of the records of a data folder. */
export function recordedPid(folder: string, name: string): number {
  const identity = readIdentity(join(folder, 'run', name))
  if (!identity) throw new Error(`there is no record ${name}`)
  return identity.pid
}

/** Ends whatever a test has left on its data folder, and removes it. */
export async function cleanUp(folder: string): Promise<void> {
  await endLeftovers(folder, { isHurried: true })
  rmSync(folder, { recursive: true, force: true })
}
