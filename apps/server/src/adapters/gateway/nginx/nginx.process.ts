import { open, readdir, readFile, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { DataPaths } from '../../../lib/paths.ts'
import {
  isAlive,
  readStat,
  signalProcess,
  type ProcessIdentity,
} from '../../../lib/procfs/process-identity.ts'
import { runCommand, startDetached } from '../../../lib/run-command.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { writeFileAtomically } from '../../../lib/write-file-atomically.ts'
import { recordFile } from '../embedded/embedded.process.ts'
import { gatewayUnavailable } from '../gateway.errors.ts'
import type { NginxFrame } from './nginx.render.ts'
import { whoAnswers } from './nginx.workers.ts'

/** How an nginx of our own is started. `env` is all that it sees of the environment. */
export type NginxProgram = {
  dataPaths: DataPaths
  /** The program file. */
  program: string
  modulesFolder: string
  /** The account of the workers where we are root, else null. */
  workerUser: string | null
  env: Readonly<Record<string, string>>
  /** The most files that a worker may have open. */
  openFiles: number
  /** The built script for nginx's Lua; null where it has none. */
  luaFile: string | null
}

/** What the driver needs of an nginx, its own or the system's. */
export type NginxHost = {
  /** What makes a whole configuration of our part; null where the system's own one includes it. */
  frame: NginxFrame | null
  /** Folder of the script, the state and the included parts. */
  folder: string
  controlSocket: string
  confFile: string
  /**
   * Has nginx check a configuration and puts it in place. nginx's words where it refuses, and the last good one stays; else
   * null.
   */
  place(text: string): Promise<string | null>
  /** Begins to switch to the file in place. */
  reload(): Promise<void>
  /** Begins to listen to nginx; what is returned tells what it has complained about since. */
  listen(): Promise<() => Promise<string[]>>
  /** Whether it lives. */
  isRunning(): Promise<boolean>
  /** Has it serve what is in place, and resolves once it answers with this generation. */
  start(generation: string): Promise<void>
  stop(): Promise<void>
}

const record = z.object({ kind: z.literal('nginx'), pid: z.number().int(), startTime: z.string() })

const upMs = 15_000
const gracefulMs = 10_000
const killMs = 5_000

/** Folder of all that is nginx's. */
const nginxFolder = (paths: DataPaths): string => join(paths.gateway, 'nginx')

/** The socket over which nginx is told tables and keys. */
const nginxSocket = (paths: DataPaths): string => join(paths.run, 'nginx.sock')

async function findRecord(paths: DataPaths): Promise<ProcessIdentity | null> {
  try {
    const found = record.safeParse(JSON.parse(await readFile(recordFile(paths), 'utf8')))
    return found.success ? found.data : null
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** The living nginx that is noted, or null. */
export async function findNginx(paths: DataPaths): Promise<ProcessIdentity | null> {
  const noted = await findRecord(paths)
  return noted && (await isAlive(noted)) ? noted : null
}

/**
 * Workers whose master was killed: they go on serving and hold its addresses. Their session is the master's pid, and they
 * are at work in our folder.
 */
async function orphansOf(master: number, folder: string): Promise<ProcessIdentity[]> {
  const found: ProcessIdentity[] = []
  const own = await realpath(folder).catch(() => folder)
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const pid = Number(name)
    const seen = await readStat(pid)
    if (!seen || seen.session !== master || pid === master || seen.state === 'Z') continue
    if ((await readlink(`/proc/${pid}/cwd`).catch(() => '')) === own)
      found.push({ pid, startTime: seen.startTime })
  }
  return found
}

async function endAll(processes: readonly ProcessIdentity[]): Promise<void> {
  const areGone = async () => (await Promise.all(processes.map(isAlive))).every((lives) => !lives)
  for (const [signal, timeoutMs] of [
    ['SIGQUIT', gracefulMs],
    ['SIGTERM', killMs],
    ['SIGKILL', killMs],
  ] as const) {
    for (const one of processes) signalProcess(one, signal)
    if (await waitFor(areGone, { timeoutMs })) return
  }
}

/** Not there, or another's whom we may not read. */
const isUnreadable = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES')

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    (error: unknown) => {
      if (isUnreadable(error)) return 0
      throw error
    },
  )
}

/** Reads a file from an offset on; one that cannot be read is empty. */
async function readFrom(path: string, offset: number): Promise<string> {
  try {
    const size = await sizeOf(path)
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, size - offset)), 0, null, offset)
      return buffer.subarray(0, bytesRead).toString('utf8')
    } finally {
      await file.close()
    }
  } catch (error) {
    if (isUnreadable(error)) return ''
    throw error
  }
}

/** Begins to listen to a log of nginx; what is returned tells what it has complained about since. */
export async function listenTo(log: string): Promise<() => Promise<string[]>> {
  const end = await sizeOf(log)
  return async () => complaints((await readFrom(log, end)).split('\n'))
}

/** nginx's own words about why it does not take a configuration. */
export const complaints = (lines: readonly string[]): string[] =>
  lines
    .filter((line) => /\[(emerg|alert|crit|error)\]/.test(line))
    .map((line) => line.replace(/^.*?\[(emerg|alert|crit|error)\]( \d+#\d+:)? ?/, ''))

/** An nginx of our own: started by us, detached, adopted again by pid and start time. */
export function ownNginx(options: NginxProgram): NginxHost {
  const { dataPaths: paths } = options
  const folder = nginxFolder(paths)
  const errorLog = join(paths.platformLogs, 'nginx.log')
  const confFile = join(folder, 'nginx.conf')
  const controlSocket = nginxSocket(paths)
  const command = (args: readonly string[]) => ({
    file: options.program,
    args: ['-p', folder, '-e', errorLog, ...args],
    cwd: folder,
    // Times in its log are told in UTC.
    env: { ...options.env, TZ: 'UTC' },
  })

  /** Ours; the note may be another driver's by now, which takes over. */
  let known: ProcessIdentity | null = null

  async function start(): Promise<void> {
    const noted = await findRecord(paths)
    // What is left of one that was killed lets go of the addresses at once, and finishes what it has beside the new one.
    const orphans = noted ? await orphansOf(noted.pid, folder) : []
    for (const orphan of orphans) signalProcess(orphan, 'SIGQUIT')
    await rm(controlSocket, { force: true })
    const said = await listenTo(errorLog)
    const identity = await startDetached(command(['-c', confFile]), { stdout: errorLog, stderr: errorLog })
    await writeFileAtomically(recordFile(paths), JSON.stringify({ kind: 'nginx', ...identity }))
    const outcome = await waitFor(
      async () => {
        if (!(await isAlive(identity))) return 'dead'
        return (await whoAnswers(controlSocket))?.master === identity.pid && 'up'
      },
      { timeoutMs: upMs, everyMs: 10 },
    )
    known = identity
    if (outcome === 'up') return
    await endAll([identity])
    throw gatewayUnavailable({ reason: (await said()).slice(-6).join(' | ') || `see ${errorLog}` })
  }

  return {
    frame: {
      modulesFolder: options.modulesFolder,
      pidFile: join(paths.run, 'nginx.pid'),
      errorLog,
      workerUser: options.workerUser,
      openFiles: options.openFiles,
      luaFile: options.luaFile,
    },
    ...{ folder, controlSocket, confFile },
    async place(text) {
      const candidate = `${confFile}.candidate`
      await writeFile(candidate, text, { mode: 0o600 })
      const result = await runCommand(command(['-t', '-q', '-c', candidate]), { timeoutMs: 30_000 })
      if (result.exitCode === 0) {
        await rename(candidate, confFile)
        return null
      }
      await rm(candidate, { force: true })
      return complaints(result.stderr).join(' | ') || (result.startError ?? result.stderr.join(' | '))
    },
    async reload() {
      if (known) signalProcess(known, 'SIGHUP')
    },
    listen: () => listenTo(errorLog),
    async isRunning() {
      known = (await findNginx(paths)) ?? known
      return known !== null && isAlive(known)
    },
    start,
    stop: () => endNginx(paths, known),
  }
}

/** Ends an nginx of our own: the one given, else the one that is noted. Requests under way have ten seconds. */
export async function endNginx(paths: DataPaths, known: ProcessIdentity | null = null): Promise<void> {
  const master = known ?? (await findRecord(paths))
  if (!master) return
  await endAll([master])
  await endAll(await orphansOf(master.pid, nginxFolder(paths)))
}
