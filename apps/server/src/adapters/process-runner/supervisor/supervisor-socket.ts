import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { longestSocketPath } from '@vitrine/contract'
import { hasCode } from '../../../lib/code-of-error.ts'
import { supervisorUnavailable } from '../process-runner.errors.ts'
import { isPlainValue } from './supervisor-conf.ts'
import { batchCalls, type XmlRpcCall } from './xml-rpc-batch.ts'
import { XmlRpcFault, type XmlRpcValue } from './xml-rpc-answer.ts'
import { callXmlRpc } from './xml-rpc.ts'

/** supervisord first binds `<socket>.<its pid>`. */
const pidSuffixLength = 8
const answerTimeoutMs = 3_000

/** Whether an error means that no process listens or answers. */
export const isUnanswered = (error: unknown): boolean =>
  hasCode(error, 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'ABORT_ERR')

/**
 * Returns the path of the socket. It is in supervisord's folder. If that path is too long for a unix socket,
 * or cannot be written in its configuration, it is in a private folder in the system's temporary one, named
 * by a hash so that it can be found again.
 */
export function socketPathFor(folder: string, temporary = tmpdir()): string {
  const near = join(folder, 'supervisor.sock')
  if (isPlainValue(near) && Buffer.byteLength(near) <= longestSocketPath - pidSuffixLength) return near
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  return join(temporary, `vitrine-${name}`, 's')
}

/** Creates a private folder. Throws if another user has put something in its place. */
async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const found = await lstat(path)
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw supervisorUnavailable({ why: `${path} belongs to somebody else`, lines: [] })
  }
  await chmod(path, 0o700)
}

/** The unix socket of a private supervisord: its path, and the calls over it. */
export class SupervisorSocket {
  readonly path: string
  readonly #isNear: boolean
  readonly #send: XmlRpcCall

  /** @param folder supervisord's own folder */
  constructor(folder: string) {
    this.path = socketPathFor(folder)
    this.#isNear = dirname(this.path) === folder
    this.#send = batchCalls((method, parameters) => callXmlRpc(this.path, method, parameters))
  }

  /**
   * Calls a method. Rejects with a fault if supervisord refuses, otherwise with
   * `process.supervisor_unavailable`.
   */
  async call(method: string, ...parameters: (string | number | boolean)[]): Promise<XmlRpcValue> {
    try {
      return await this.#send(method, parameters)
    } catch (error) {
      if (error instanceof XmlRpcFault || !(error instanceof Error)) throw error
      throw supervisorUnavailable({ why: error.message, lines: [] }, error)
    }
  }

  /** Returns the pid of the supervisord that answers; null if none does. */
  async pid(): Promise<number | null> {
    try {
      return z.number().parse(await callXmlRpc(this.path, 'supervisor.getPID', [], answerTimeoutMs))
    } catch (error) {
      if (isUnanswered(error)) return null
      throw error
    }
  }

  /** Asks supervisord to end. Returns whether it answered. */
  async askToEnd(): Promise<boolean> {
    const answer = callXmlRpc(this.path, 'supervisor.shutdown', [], answerTimeoutMs)
    return (await answer.catch(() => null)) !== null
  }

  /** Creates the folder of the socket, unless it is supervisord's own. */
  async prepare(): Promise<void> {
    if (!this.#isNear) await makePrivateFolder(dirname(this.path))
  }

  /** Deletes the folder created by {@link prepare}. */
  async clear(): Promise<void> {
    if (!this.#isNear) await rm(dirname(this.path), { recursive: true, force: true })
  }
}
