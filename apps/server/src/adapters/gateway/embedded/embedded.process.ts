import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { longestSocketPath } from '@vitrine/contract'
import type { DataPaths } from '../../../lib/paths.ts'
import { ifThere } from '../../../lib/if-there.ts'
import { isAlive, signalProcess, type ProcessIdentity } from '../../../lib/procfs/process-identity.ts'
import { argumentsOf } from '../../../lib/procfs/read-beginning.ts'
import { readProcessTable } from '../../../lib/procfs/process-table.ts'
import { readStatus } from '../../../lib/procfs/process-status.ts'
import { startDetached } from '../../../lib/run-command.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import { logFrom } from '../../log-files/log-end.ts'
import { askGateway } from '../control-socket.client.ts'
import { gatewayUnavailable } from '../gateway.errors.ts'

/** How to start the gateway's process. `entryFile` is the built file, `env` its complete environment. */
export type EmbeddedGatewayOptions = {
  dataPaths: DataPaths
  entryFile: string
  nodeFile: string
  env: Readonly<Record<string, string>>
  /** For tests: how long a client may take nothing of an answer, in milliseconds, instead of `stalledClientMs`. */
  stalledMs?: number | undefined
}

const record = z.object({
  pid: z.number().int(),
  startTime: z.string(),
  build: z.string(),
  socket: z.string(),
})
/**
 * The gateway's process as recorded in `run/gateway.json`: its identity, the SHA-256 of what it was started
 * from, and the unix socket on which it accepts tables and keys.
 */
type GatewayRecord = z.infer<typeof record>

const upMs = 15_000
const downMs = 15_000
/**
 * After this time a replaced process has released its addresses. An address that is still missing is held by
 * a foreign process.
 */
const takeOverMs = 3_000

/**
 * Returns the SHA-256 of the built file and of our Node's version. If it differs, a newer gateway must be
 * started.
 */
export async function buildOf(entryFile: string): Promise<string> {
  return createHash('sha256')
    .update(process.version)
    .update(await readFile(entryFile))
    .digest('hex')
}

/** The sockets of the gateway's processes. Each process has one of its own, because one may replace another. */
const socketName = /^gateway-[0-9a-f]{8}\.sock$/

/**
 * Returns the living gateways of this data folder other than `kept`, whether they were recorded or not: a control plane that was
 * killed while it started one may have left one without a record. They are ours by account, and by the socket that they were
 * started with.
 */
export async function findOthers(paths: DataPaths, kept: ProcessIdentity | null): Promise<ProcessIdentity[]> {
  const others: ProcessIdentity[] = []
  for (const [pid, { startTime }] of await readProcessTable()) {
    if (pid === kept?.pid || readStatus(pid)?.account.uid !== process.geteuid?.()) continue
    const given = await argumentsOf(pid)
    const socket = given[given.indexOf('--socket') + 1] ?? ''
    if (!given.includes('--socket') || dirname(socket) !== paths.run || !socketName.test(basename(socket)))
      continue
    others.push({ pid, startTime })
  }
  return others
}

/** Returns the recorded process if it is alive, else null. */
export async function findProcess(paths: DataPaths): Promise<GatewayRecord | null> {
  const text = await ifThere(readFile(paths.gatewayRecord, 'utf8'))
  if (text === null) return null
  const parsed = record.safeParse(JSON.parse(text))
  // An nginx is recorded in the same file.
  return parsed.success && (await isAlive(parsed.data)) ? parsed.data : null
}

/**
 * Starts the process and resolves when it answers. Otherwise rejects with `gateway.unavailable` and its last output.
 * The record then names the former process again, because that may still serve.
 */
export async function startProcess(options: EmbeddedGatewayOptions, build: string): Promise<GatewayRecord> {
  const { dataPaths: paths } = options
  // The name is unique, because while one process replaces another, both have a socket.
  const socket = join(paths.run, `gateway-${randomBytes(4).toString('hex')}.sock`)
  if (Buffer.byteLength(socket) > longestSocketPath) {
    throw gatewayUnavailable({ reason: `the data folder's path is too long for a unix socket: ${socket}` })
  }
  for (const folder of [paths.run, paths.gateway, paths.platformLogs])
    await mkdir(folder, { recursive: true })
  const log = join(paths.platformLogs, 'gateway.log')
  const files = ['--table', paths.gatewayTable, '--keys', paths.gatewayKeys, '--access-log', paths.accessLog]
  const times = options.stalledMs === undefined ? [] : ['--stalled-ms', String(options.stalledMs)]
  const identity = await startDetached(
    {
      file: options.nodeFile,
      args: [options.entryFile, ...files, '--socket', socket, ...times],
      cwd: dirname(options.entryFile),
      env: options.env,
    },
    { stdout: log, stderr: log },
  )
  const started = { ...identity, build, socket }
  const before = await ifThere(readFile(paths.gatewayRecord, 'utf8'))
  await writeFileAtomically(paths.gatewayRecord, JSON.stringify(started))
  const answers = await waitFor(
    async () => (!(await isAlive(identity)) ? 'dead' : await isAnswering(socket)),
    {
      timeoutMs: upMs,
    },
  )
  if (answers === true) {
    await removeOtherSockets(paths, socket)
    return started
  }
  await stopProcess(started)
  if (before !== null) await writeFileAtomically(paths.gatewayRecord, before)
  throw gatewayUnavailable({ reason: (await lastWords(log)) || `see ${log}` })
}

/** Removes the sockets of processes that are gone, or that the new one replaces. */
async function removeOtherSockets(paths: DataPaths, kept: string): Promise<void> {
  const names = (await readdir(paths.run)).filter((name) => socketName.test(name))
  for (const name of names)
    if (join(paths.run, name) !== kept) await rm(join(paths.run, name), { force: true })
}

/** Returns the last output of a process, without the lines of stack traces. */
async function lastWords(log: string): Promise<string> {
  const lines = (await logFrom(log, 0)).split('\n').map((line) => line.trim())
  return lines
    .filter((line) => line !== '' && !line.startsWith('at '))
    .slice(-6)
    .join(' | ')
}

/**
 * Replaces former processes, if there are any, by a new one. The new one starts first and waits for the addresses, so they are
 * without a listener for only a few milliseconds.
 */
export async function replaceProcesses(
  options: EmbeddedGatewayOptions,
  build: string,
  former: readonly ProcessIdentity[],
): Promise<void> {
  await relieve(former, await startProcess(options, build))
}

/** Lets former processes finish their requests and end by themselves. `next` takes their addresses. */
export async function relieve(former: readonly ProcessIdentity[], next: GatewayRecord): Promise<void> {
  if (former.length === 0) return
  for (const one of former) signalProcess(one, 'SIGTERM')
  const isServing = async () => {
    const answer = await askGateway(next.socket, 'GET', '/state')
    return answer.kind === 'done' && answer.missing === 0
  }
  await waitFor(isServing, { timeoutMs: takeOverMs })
}

/** Whether the process answers on its socket. */
export async function isAnswering(socket: string): Promise<boolean> {
  try {
    return (await askGateway(socket, 'GET', '/state')).kind === 'done'
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}

/**
 * Lets the process finish its requests (TERM), and kills it after 15 s. Its record is kept: the process in it
 * is gone, and by now the file may belong to another driver that took over.
 */
export async function stopProcess(identity: ProcessIdentity): Promise<void> {
  signalProcess(identity, 'SIGTERM')
  const gone = async () => !(await isAlive(identity))
  if (!(await waitFor(gone, { timeoutMs: downMs }))) {
    signalProcess(identity, 'SIGKILL')
    await waitFor(gone, { timeoutMs: downMs })
  }
}
