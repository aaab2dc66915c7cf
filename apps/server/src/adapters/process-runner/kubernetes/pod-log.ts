import { rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { codeOfError, hasCode } from '../../../lib/code-of-error.ts'
import type { KubernetesClient } from '../../kubernetes/kubernetes-client.ts'
import { openKeptLog, type KeptLog, type LogPiece } from '../kept-log.ts'

import { containerName } from './kubernetes-objects.ts'

/** Which life of which pod is read. */
export type LoggedLife = { name: string; uid: string; restartCount: number }

/** Writes the log of one instance's pods to its log file. A cluster tells errors and other output in one stream. */
export type PodLog = {
  /** Follows the log of a life that has begun, from where the file ends, and first what the life before printed last. */
  follow(life: LoggedLife): void
  /** Waits until the last output of an ended life is read, but only for a limited time. */
  drain(life: LoggedLife): Promise<void>
  close(): Promise<void>
  /** Forgets up to which position the file is written. */
  forget(): void
}

type PodLogDeps = {
  client: KubernetesClient
  namespace: string
  paths: { stdout: string; stderr: string; cursor: string }
  onError: (error: unknown) => void
}

/** How long the rest of a log may take. */
const restMs = 3_000
/** The pause before a log is read again whose stream was broken off or that could not be written, in milliseconds. */
const againMs = 1_000
const newline = 0x0a
const space = 0x20
const longestPending = 1024 ** 2

/** A time as the cluster writes it, in the same length for all, so that texts can be compared. Pure. */
export function comparableTime(text: string): string | null {
  const [, seconds, fraction = '', zone] =
    /^([\d-]+T[\d:]+)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? []
  if (seconds === undefined || zone === undefined) return null
  const at = Date.parse(`${seconds}${zone}`)
  if (Number.isNaN(at)) return null
  return `${new Date(at).toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}Z`
}

/** Reads the stream of a log with times: a line each, with its time before it. The bytes may be cut anywhere. */
export function podLogLines(): (bytes: Buffer) => LogPiece[] {
  let pending: Buffer = Buffer.alloc(0)
  let last = ''
  return (bytes) => {
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes])
    const pieces: LogPiece[] = []
    let from = 0
    for (;;) {
      const end = pending.indexOf(newline, from)
      if (end < 0) break
      const line = pending.subarray(from, end + 1)
      const gap = line.indexOf(space)
      const at = gap < 0 ? null : comparableTime(line.toString('latin1', 0, gap))
      // The cluster's own message that it cannot read a log has no time.
      if (at !== null) last = at
      if (last !== '')
        pieces.push({ stream: 'stdout', at: last, bytes: at === null ? line : line.subarray(gap + 1) })
      from = end + 1
    }
    pending = pending.subarray(from)
    if (pending.length > longestPending) pending = Buffer.alloc(0)
    return pieces
  }
}

class Follower implements PodLog {
  readonly #deps: PodLogDeps
  #kept: KeptLog | null = null
  /** What is being read, and what ends it. */
  #now: { life: LoggedLife; ended: Promise<void>; stop: AbortController } | null = null
  #turn: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(deps: PodLogDeps) {
    this.#deps = deps
  }

  follow(life: LoggedLife): void {
    void this.#inTurn(async () => {
      if (this.#isClosed || this.#reads(life)) return
      await this.#finish()
      if (this.#isClosed) return
      const stop = new AbortController()
      this.#now = { life, stop, ended: this.#readOn(life, stop.signal) }
    })
  }

  drain(life: LoggedLife): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isClosed) return
      const wasRead = this.#reads(life)
      await this.#finish()
      if (wasRead) return
      // It was too short to be followed.
      await this.#read(life, { signal: AbortSignal.timeout(restMs), follow: false, previous: false })
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#now?.stop.abort()
    await this.#turn
    await this.#now?.ended
    this.#now = null
    this.#kept?.close()
    this.#kept = null
    this.#isClosed = false
  }

  forget(): void {
    rmSync(this.#deps.paths.cursor, { force: true })
  }

  #reads(life: LoggedLife): boolean {
    const { uid, restartCount } = this.#now?.life ?? {}
    return uid === life.uid && restartCount === life.restartCount
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work).catch(this.#deps.onError)
    return this.#turn
  }

  /** Waits a while for the current reading to end by itself, which it does with its container. */
  async #finish(): Promise<void> {
    const now = this.#now
    if (now === null) return
    const timer = setTimeout(() => now.stop.abort(), restMs)
    await now.ended
    clearTimeout(timer)
    this.#now = null
  }

  async #readOn(life: LoggedLife, signal: AbortSignal): Promise<void> {
    if (life.restartCount > 0) await this.#read(life, { signal, follow: false, previous: true })
    while (
      !signal.aborted &&
      (await this.#read(life, { signal, follow: true, previous: false })) === 'broken'
    )
      await delay(againMs, undefined, { signal, ref: false }).catch(() => undefined)
  }

  /** Resolves with `broken` if more of it may come with another stream. */
  async #read(
    { name, uid }: LoggedLife,
    { signal, follow, previous }: { signal: AbortSignal; follow: boolean; previous: boolean },
  ): Promise<'ended' | 'broken'> {
    const { client, namespace, paths, onError } = this.#deps
    try {
      this.#kept ??= openKeptLog(paths)
      const { since, add } = this.#kept.resume(uid)
      const answer = await client.stream({
        path: `/api/v1/namespaces/${namespace}/pods/${name}/log`,
        query: {
          container: containerName,
          timestamps: 'true',
          ...(follow && { follow: 'true' }),
          ...(previous && { previous: 'true' }),
          ...(since > 0 && { sinceTime: new Date(since * 1000).toISOString().replace('.000', '') }),
        },
        signal,
      })
      return await copy(answer, add, signal)
    } catch (error) {
      if (signal.aborted) return 'ended'
      // The pod, or the life before, is gone or has not begun, or the cluster is away.
      const code = codeOfError(error)
      if (code.startsWith('process.kubernetes_'))
        return code === 'process.kubernetes_unavailable' && follow ? 'broken' : 'ended'
      onError(error)
      return 'broken'
    }
  }
}

/** Adds the received output to the log files, until the stream ends or breaks off. */
async function copy(
  answer: IncomingMessage,
  add: (pieces: readonly LogPiece[]) => void,
  signal: AbortSignal,
): Promise<'ended' | 'broken'> {
  const lines = podLogLines()
  try {
    for await (const chunk of answer) {
      const pieces = lines(Buffer.from(chunk))
      if (!signal.aborted && pieces.length > 0) add(pieces)
    }
    return 'ended'
  } catch (error) {
    if (hasCode(error, 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ABORT_ERR')) return 'broken'
    throw error
  }
}

/** Follows the logs of the pods of one instance through the API of the cluster. */
export const podLog = (deps: PodLogDeps): PodLog => new Follower(deps)
