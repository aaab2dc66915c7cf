import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import {
  identify,
  isAlive,
  signalProcess,
  type ProcessIdentity,
} from '../../../lib/procfs/process-identity.ts'
import { startDetached } from '../../../lib/run-command.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import { supervisorUnavailable } from '../process-runner.errors.ts'
import { renderSupervisorConf, supervisorFiles } from './supervisor-conf.ts'
import { isUnanswered, SupervisorSocket } from './supervisor-socket.ts'
import type { XmlRpcValue } from './xml-rpc-answer.ts'

/** Python begins within a second, and within tens of seconds on a machine that has just booted or is overloaded. */
const startTimeoutMs = 60_000
const stopTimeoutMs = 15_000

const daemonRecord = z.object({ pid: z.number(), startTime: z.string(), socket: z.string() })

/**
 * `folder` is supervisord's own folder, `recordPath` the file that records its process, `program` its
 * executable file.
 */
type Options = { folder: string; recordPath: string; program: string }

/** A private supervisord: finds or starts it, calls it, and ends it. */
export class SupervisorDaemon {
  readonly #options: Options
  readonly #socket: SupervisorSocket
  #identity: ProcessIdentity | null = null

  constructor(options: Options) {
    this.#options = options
    this.#socket = new SupervisorSocket(options.folder)
  }

  /**
   * Makes sure that it runs. Returns `adopted` if it was alive already. Otherwise `beforeStart` runs before
   * it is started.
   */
  async ensure(beforeStart: () => Promise<void>): Promise<'adopted' | 'started'> {
    const living = await this.#findLiving()
    if (!living) await beforeStart()
    const identity = living ?? (await this.#start())
    this.#identity = identity
    const record = { ...identity, socket: this.#socket.path }
    await writeFileAtomically(this.#options.recordPath, JSON.stringify(record))
    await this.#waitUntilAnswering(identity)
    return living ? 'adopted' : 'started'
  }

  async isAlive(): Promise<boolean> {
    return this.#identity !== null && isAlive(this.#identity)
  }

  call(method: string, ...parameters: (string | number | boolean)[]): Promise<XmlRpcValue> {
    return this.#socket.call(method, ...parameters)
  }

  async end(): Promise<void> {
    const ending = this.#identity
    if (!ending) return
    const gone = async () => !(await isAlive(ending))
    // If it is asked over its socket, it ends at once. After a signal it ends only when its loop next wakes,
    // up to a second later.
    if (!(await this.#socket.askToEnd())) signalProcess(ending, 'SIGTERM')
    if (!(await waitFor(gone, { timeoutMs: stopTimeoutMs }))) {
      signalProcess(ending, 'SIGKILL')
      await waitFor(gone, { timeoutMs: stopTimeoutMs })
    }
    this.#identity = null
    await rm(this.#options.recordPath, { force: true })
    await this.#socket.clear()
  }

  /** Ends the living supervisord, even if another process started it. */
  async endLiving(): Promise<void> {
    this.#identity = await this.#findLiving()
    await this.end()
  }

  get #stderr(): string {
    return join(this.#options.folder, supervisorFiles.stderr)
  }

  async #readRecord(): Promise<ProcessIdentity | null> {
    try {
      return daemonRecord.parse(JSON.parse(await readFile(this.#options.recordPath, 'utf8')))
    } catch (error) {
      if (isUnanswered(error)) return null
      throw error
    }
  }

  /**
   * The record names the process. If the record was lost, it is the process that answers on our own socket.
   */
  async #findLiving(): Promise<ProcessIdentity | null> {
    const recorded = await this.#readRecord()
    if (recorded && (await isAlive(recorded))) return { pid: recorded.pid, startTime: recorded.startTime }
    const pid = await this.#socket.pid()
    return pid === null ? null : identify(pid)
  }

  async #waitUntilAnswering(of: ProcessIdentity): Promise<void> {
    const ready = await waitFor(
      async () => ((await this.#socket.pid()) === of.pid ? 'yes' : (await isAlive(of)) ? null : 'dead'),
      { timeoutMs: startTimeoutMs, everyMs: 20 },
    )
    if (ready === 'yes') return
    const lines = (await readFile(this.#stderr, 'utf8')).trim().split('\n').slice(-20)
    const why =
      ready === 'dead' ? `it ended at once: ${lines.at(-1) ?? ''}` : `process ${of.pid} does not answer`
    throw supervisorUnavailable({ why, lines })
  }

  async #start(): Promise<ProcessIdentity> {
    const { folder, program } = this.#options
    if (/[*?[\]]/.test(folder)) {
      const why = `its folder's path must not hold * ? [ or ], which its configuration takes for a pattern: ${folder}`
      throw supervisorUnavailable({ why, lines: [] })
    }
    await this.#socket.prepare()
    const conf = renderSupervisorConf(this.#socket.path)
    await writeFileAtomically(join(folder, supervisorFiles.conf), conf, 0o600)
    await writeFile(this.#stderr, '', { mode: 0o600 })
    return startDetached(
      {
        // Its journal names everybody's services. supervisord makes a new one at each rotation, with the umask that it was given.
        file: '/bin/sh',
        args: ['-c', 'umask 077 && exec "$@"', 'supervisord', program, '-c', supervisorFiles.conf],
        cwd: folder,
        env: {
          PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          LC_ALL: 'C.UTF-8',
          TZ: 'UTC',
        },
      },
      { stdout: '/dev/null', stderr: this.#stderr },
    )
  }
}
