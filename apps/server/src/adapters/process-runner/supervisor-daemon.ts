import { createHash } from 'node:crypto'
import { access, chmod, constants, lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { z } from 'zod'
import { identify, isAlive, signalProcess, type ProcessIdentity } from '../../lib/process-identity.ts'
import { startDetached } from '../../lib/run-command.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { writeFileAtomically } from '../../lib/write-file-atomically.ts'
import { supervisorUnavailable } from './process-runner.errors.ts'
import { isPlainValue, renderSupervisorConf, supervisorFiles } from './supervisor-conf.ts'
import { batchCalls } from './xml-rpc-batch.ts'
import { callXmlRpc, XmlRpcFault, type XmlRpcValue } from './xml-rpc.ts'

const longestSocketPath = 107
/** supervisord first binds `<socket>.<its pid>`. */
const pidSuffixLength = 8
const startTimeoutMs = 20_000
const stopTimeoutMs = 15_000

/** Nobody there, or nobody who answers. */
const isAbsent = (error: unknown) =>
  error instanceof Error &&
  'code' in error &&
  ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'ABORT_ERR'].includes(String(error.code))

const daemonRecord = z.object({ pid: z.number(), startTime: z.string(), socket: z.string() })

/** Looks for supervisord in the folders of a PATH, then where Debian and pip put it; null if it is not installed. */
export async function findSupervisord(path: string): Promise<string | null> {
  for (const folder of [...path.split(delimiter), '/usr/bin', '/usr/local/bin'].filter(Boolean)) {
    const file = join(folder, 'supervisord')
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return file
  }
  return null
}

/**
 * Where the socket goes: in supervisord's folder, or, where that path is too long for a unix socket or cannot be written in its configuration, in a private folder of
 * the system's temporary one, named by a hash so that it is found again.
 */
export function socketPathFor(folder: string, temporary = tmpdir()): string {
  const near = join(folder, 'supervisor.sock')
  if (isPlainValue(near) && Buffer.byteLength(near) <= longestSocketPath - pidSuffixLength) return near
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  return join(temporary, `vitrine-${name}`, 's')
}

/** Makes a folder that is ours alone; one that somebody else has put in this place is an error. */
async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const found = await lstat(path)
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw supervisorUnavailable({ why: `${path} belongs to somebody else`, lines: [] })
  }
  await chmod(path, 0o700)
}

/** A private supervisord: found alive or started, called, ended. */
export type SupervisorDaemon = {
  /** `adopted` if it lived already; `beforeStart` runs if it did not, before it is started. */
  ensure(beforeStart: () => Promise<void>): Promise<'adopted' | 'started'>
  isAlive(): Promise<boolean>
  call(method: string, ...parameters: (string | number | boolean)[]): Promise<XmlRpcValue>
  end(): Promise<void>
  /** Ends the one that lives, whoever has started it. */
  endLiving(): Promise<void>
}

/** @param options `folder` is supervisord's own; `recordPath` remembers which process it is; `program` is its executable file. */
export function supervisorDaemon(options: {
  folder: string
  recordPath: string
  program: string
}): SupervisorDaemon {
  const { folder, recordPath, program } = options
  const socketPath = socketPathFor(folder)
  const isSocketNear = dirname(socketPath) === folder
  const stderr = join(folder, supervisorFiles.stderr)
  let identity: ProcessIdentity | null = null

  const send = batchCalls((method, parameters) => callXmlRpc(socketPath, method, parameters))
  const call: SupervisorDaemon['call'] = async (method, ...parameters) => {
    try {
      return await send(method, parameters)
    } catch (error) {
      if (error instanceof XmlRpcFault || !(error instanceof Error)) throw error
      throw supervisorUnavailable({ why: error.message, lines: [] }, error)
    }
  }
  const answers = async (): Promise<number | null> => {
    try {
      return z.number().parse(await callXmlRpc(socketPath, 'supervisor.getPID', [], 3_000))
    } catch (error) {
      if (isAbsent(error)) return null
      throw error
    }
  }
  const lastWords = async () => (await readFile(stderr, 'utf8')).trim().split('\n').slice(-20)

  async function readRecord(): Promise<ProcessIdentity | null> {
    try {
      return daemonRecord.parse(JSON.parse(await readFile(recordPath, 'utf8')))
    } catch (error) {
      if (isAbsent(error)) return null
      throw error
    }
  }

  /** The record names it; where the record was lost, whoever answers on our own socket is it. */
  async function findLiving(): Promise<ProcessIdentity | null> {
    const recorded = await readRecord()
    if (recorded && (await isAlive(recorded))) return { pid: recorded.pid, startTime: recorded.startTime }
    const pid = await answers()
    return pid === null ? null : identify(pid)
  }

  async function waitUntilAnswering(of: ProcessIdentity): Promise<void> {
    const ready = await waitFor(
      async () => ((await answers()) === of.pid ? 'yes' : (await isAlive(of)) ? null : 'dead'),
      { timeoutMs: startTimeoutMs, everyMs: 20 },
    )
    if (ready === 'yes') return
    const lines = await lastWords()
    const why =
      ready === 'dead' ? `it ended at once: ${lines.at(-1) ?? ''}` : `process ${of.pid} does not answer`
    throw supervisorUnavailable({ why, lines })
  }

  async function start(): Promise<ProcessIdentity> {
    if (/[*?[\]]/.test(folder)) {
      const why = `its folder's path must not hold * ? [ or ], which its configuration takes for a pattern: ${folder}`
      throw supervisorUnavailable({ why, lines: [] })
    }
    if (!isSocketNear) await makePrivateFolder(dirname(socketPath))
    const conf = renderSupervisorConf(socketPath)
    await writeFileAtomically(join(folder, supervisorFiles.conf), conf, 0o600)
    await writeFile(stderr, '')
    return startDetached(
      {
        file: program,
        args: ['-c', supervisorFiles.conf],
        cwd: folder,
        env: {
          PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          LC_ALL: 'C.UTF-8',
          TZ: 'UTC',
        },
      },
      { stdout: '/dev/null', stderr },
    )
  }

  return {
    async ensure(beforeStart) {
      const living = await findLiving()
      if (!living) await beforeStart()
      identity = living ?? (await start())
      await writeFileAtomically(recordPath, JSON.stringify({ ...identity, socket: socketPath }))
      await waitUntilAnswering(identity)
      return living ? 'adopted' : 'started'
    },
    isAlive: async () => identity !== null && isAlive(identity),
    call,
    end,
    async endLiving() {
      identity = await findLiving()
      await end()
    },
  }

  async function end(): Promise<void> {
    const ending = identity
    if (!ending) return
    const gone = async () => !(await isAlive(ending))
    // Asked over its socket it ends at once; after a signal only when its loop next wakes, up to a second later.
    const asked = await callXmlRpc(socketPath, 'supervisor.shutdown', [], 3_000).catch(() => null)
    if (asked === null) signalProcess(ending, 'SIGTERM')
    if (!(await waitFor(gone, { timeoutMs: stopTimeoutMs }))) {
      signalProcess(ending, 'SIGKILL')
      await waitFor(gone, { timeoutMs: stopTimeoutMs })
    }
    identity = null
    await rm(recordPath, { force: true })
    if (!isSocketNear) await rm(dirname(socketPath), { recursive: true, force: true })
  }
}
