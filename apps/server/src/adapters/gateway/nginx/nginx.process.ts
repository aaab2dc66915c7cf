import { readdir, readFile, readlink, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ifThere } from '../../../lib/if-there.ts'
import type { DataPaths } from '../../../lib/paths.ts'
import {
  hasEnded,
  identify,
  isAlive,
  type ProcessIdentity,
  readStat,
  signalProcess,
} from '../../../lib/procfs/process-identity.ts'
import { runCommand, startDetached } from '../../../lib/run-command.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { findSystemUser, type Account } from '../../../lib/system-user.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import { logFrom, logSize } from '../../log-files/log-end.ts'
import { gatewayUnavailable } from '../gateway.errors.ts'
import type { NginxFrame } from './nginx.frame.ts'
import { whoAnswers } from './nginx.workers.ts'

/** How to start an nginx of our own. `env` is its complete environment. */
export type NginxProgram = {
  dataPaths: DataPaths
  /** The program file. */
  program: string
  modulesFolder: string
  /** The account of the workers if we are root, else null. */
  workerUser: string | null
  /** Whether algorithms run with the account of this nginx. */
  sharesAccount: boolean
  env: Readonly<Record<string, string>>
  /** The maximum number of open files of a worker. */
  openFiles: number
  /** The built script for nginx's Lua; null if it has no Lua. */
  luaFile: string | null
}

/** What the driver needs from an nginx, whether our own or the system's. */
export type NginxHost = {
  /**
   * The frame that makes our part a complete configuration; null if the system's own configuration includes
   * our part.
   */
  frame: NginxFrame | null
  /** Folder of the script, the state and the included parts. */
  folder: string
  controlSocket: string
  confFile: string
  /**
   * Lets nginx check a configuration and puts it in place. Returns nginx's message if it refuses the
   * configuration, and the last good one stays; else null.
   */
  place(text: string): Promise<string | null>
  /** Lets nginx check a configuration and changes nothing. Returns its message if it refuses it, else null. */
  check(text: string): Promise<string | null>
  /** Begins to switch to the configuration in place. */
  reload(): Promise<void>
  /** Starts to follow nginx's log. The returned function returns nginx's complaints since then. */
  listen(): Promise<() => Promise<string[]>>
  /** The account that its workers run as, as far as it is known now; null if it is ours. */
  account(): Promise<Account | null>
  /** Whether it is alive. */
  isRunning(): Promise<boolean>
  /** Makes it serve the configuration in place, and resolves when it answers with this generation. */
  start(generation: string): Promise<void>
  stop(): Promise<void>
}

const recordForm = z.object({ kind: z.literal('nginx'), pid: z.number().int(), startTime: z.string() })

const upMs = 15_000
const gracefulMs = 10_000
const killMs = 5_000

/** The folder for all files of nginx. */
const nginxFolder = (paths: DataPaths): string => join(paths.gateway, 'nginx')

/** The socket on which nginx receives tables and keys. */
const nginxSocket = (paths: DataPaths): string => join(paths.run, 'nginx.sock')

async function findRecord(paths: DataPaths): Promise<ProcessIdentity | null> {
  const text = await ifThere(readFile(paths.gatewayRecord, 'utf8'))
  return text === null ? null : (recordForm.safeParse(JSON.parse(text)).data ?? null)
}

/** Returns the recorded nginx if it is alive, else null. */
export async function findNginx(paths: DataPaths): Promise<ProcessIdentity | null> {
  const noted = await findRecord(paths)
  return noted && (await isAlive(noted)) ? noted : null
}

/** Whether a process works in a folder. Only the nginx of a data folder works in the folder of that. */
async function worksIn(pid: number, folder: string): Promise<boolean> {
  const own = await realpath(folder).catch(() => folder)
  return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === own
}

/**
 * Finds the workers of a killed master. They continue to serve and hold its addresses. Their session is the
 * master's pid, and their working directory is our folder.
 */
async function orphansOf(master: number, folder: string): Promise<ProcessIdentity[]> {
  const found: ProcessIdentity[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const pid = Number(name)
    const seen = await readStat(pid)
    if (!seen || seen.session !== master || pid === master || hasEnded(seen)) continue
    if (await worksIn(pid, folder)) found.push({ pid, startTime: seen.startTime })
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

/** Starts to follow an nginx log. The returned function returns nginx's complaints since then. */
export async function listenTo(log: string): Promise<() => Promise<string[]>> {
  const end = await logSize(log)
  return async () => complaints((await logFrom(log, end)).split('\n'))
}

/** nginx's messages about why it refuses a configuration. */
export const complaints = (lines: readonly string[]): string[] =>
  lines
    .filter((line) => /\[(emerg|alert|crit|error)\]/.test(line))
    .map((line) => line.replace(/^.*?\[(emerg|alert|crit|error)\]( \d+#\d+:)? ?/, ''))

/** An nginx of our own. We start it detached, and find it again by pid and start time. */
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
    // The times in its log are in UTC.
    env: { ...options.env, TZ: 'UTC' },
  })

  /** Our nginx. The record may already name the one of another driver that takes over. */
  let known: ProcessIdentity | null = null

  /**
   * Finds an nginx that a control plane started and did not record, because it was killed, and records it. Workers of a killed
   * master answer as well, but their parent is the machine's first process then, which is not ours.
   */
  async function findUnrecorded(): Promise<ProcessIdentity | null> {
    const answering = await whoAnswers(controlSocket)
    if (!answering || !(await worksIn(answering.master, nginxFolder(paths)))) return null
    const found = await identify(answering.master)
    if (found) await record(found)
    return found
  }

  const record = (identity: ProcessIdentity) =>
    writeFileAtomically(paths.gatewayRecord, JSON.stringify({ kind: 'nginx', ...identity }))

  async function start(): Promise<void> {
    const noted = await findRecord(paths)
    // Workers left by a killed nginx release the addresses at once, and finish their requests beside the new
    // one.
    const orphans = noted ? await orphansOf(noted.pid, folder) : []
    for (const orphan of orphans) signalProcess(orphan, 'SIGQUIT')
    await rm(controlSocket, { force: true })
    const said = await listenTo(errorLog)
    const identity = await startDetached(command(['-c', confFile]), { stdout: errorLog, stderr: errorLog })
    await record(identity)
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

  const candidate = `${confFile}.candidate`
  /** Lets nginx check a configuration, which is then in the file of the candidate. */
  async function tried(text: string): Promise<string | null> {
    await writeFile(candidate, text, { mode: 0o600 })
    const result = await runCommand(command(['-t', '-q', '-c', candidate]), { timeoutMs: 30_000 })
    if (result.exitCode === 0) return null
    return complaints(result.stderr).join(' | ') || (result.startError ?? result.stderr.join(' | '))
  }

  return {
    frame: {
      modulesFolder: options.modulesFolder,
      pidFile: join(paths.run, 'nginx.pid'),
      errorLog,
      workerUser: options.workerUser,
      sharesAccount: options.sharesAccount,
      openFiles: options.openFiles,
      luaFile: options.luaFile,
    },
    folder,
    controlSocket,
    confFile,
    async place(text) {
      const reason = await tried(text)
      if (reason === null) await rename(candidate, confFile)
      else await rm(candidate, { force: true })
      return reason
    },
    async check(text) {
      const reason = await tried(text)
      await rm(candidate, { force: true })
      return reason
    },
    async reload() {
      if (known) signalProcess(known, 'SIGHUP')
    },
    listen: () => listenTo(errorLog),
    account: async () => (options.workerUser === null ? null : findSystemUser([options.workerUser])),
    async isRunning() {
      known = (await findNginx(paths)) ?? known
      if (known !== null && (await isAlive(known))) return true
      known = (await findUnrecorded()) ?? known
      return known !== null && isAlive(known)
    },
    start,
    stop: () => endNginx(paths, known),
  }
}

/** Ends an nginx of our own: the given one, or the recorded one. Requests in progress have ten seconds. */
export async function endNginx(paths: DataPaths, known: ProcessIdentity | null = null): Promise<void> {
  const master = known ?? (await findRecord(paths))
  if (!master) return
  await endAll([master])
  await endAll(await orphansOf(master.pid, nginxFolder(paths)))
}
