import { setTimeout as delay } from 'node:timers/promises'
import type { Processes, FramedProcess } from './processes.ts'

/** How long `open` waits for an engine, in milliseconds. After that, the platform starts without it. */
const openMs = 5_000

/**
 * A process that an engine, such as Docker or a cluster, restarts by itself, even while the control plane is not
 * running.
 */
export type EngineProcess = FramedProcess & {
  /** Compares the known state with the engine, and corrects differences. */
  look(): Promise<void>
  /** Reports its state again, because the engine stopped answering or answers again. */
  tell(): void
}

type Deps<P extends EngineProcess> = {
  processes: Processes<P>
  /** Follows the engine until the signal aborts, and calls `here` and `away`. */
  follow: (signal: AbortSignal) => Promise<void>
  /** Removes objects in the engine that belong to unknown processes. */
  removeOrphans: (signal: AbortSignal) => Promise<void>
  onError: (error: unknown) => void
}

/** Resolves with the work, but no later than this. */
async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const timer = new AbortController()
  const late = delay(ms, undefined, { signal: timer.signal }).catch(() => undefined)
  await Promise.race([work, late])
  timer.abort()
}

/** Whether the engine of a runner answers, and what its processes do when that changes. */
export class EngineSight<P extends EngineProcess> {
  readonly #deps: Deps<P>
  #isAway = true
  #following: Promise<void> = Promise.resolve()
  #looking: Promise<void> = Promise.resolve()
  #signal = AbortSignal.abort()
  #onFirst: () => void = () => undefined

  constructor(deps: Deps<P>) {
    this.#deps = deps
  }

  /** Whether the engine does not answer now. */
  get isAway(): boolean {
    return this.#isAway
  }

  /**
   * Follows the engine until the signal aborts. Resolves when everything was compared with the engine, or when the
   * engine is known not to answer.
   */
  async open(signal: AbortSignal): Promise<void> {
    this.#signal = signal
    const first = new Promise<void>((resolve) => {
      this.#onFirst = resolve
    })
    this.#following = this.#deps.follow(signal)
    await atMost(openMs, first)
  }

  /** Resolves when nothing is followed or compared any more. */
  async close(): Promise<void> {
    await this.#following
    await this.#looking
  }

  /** The engine answers, for the first time or again: everything is compared with it. */
  here(): void {
    this.#setAway(false)
    this.#looking = this.#lookAtAll().finally(this.#onFirst)
  }

  /** The engine does not answer. */
  away(): void {
    this.#setAway(true)
    this.#onFirst()
  }

  #setAway(isAway: boolean): void {
    if (this.#isAway === isAway) return
    this.#isAway = isAway
    for (const process of this.#deps.processes.all()) process.tell()
  }

  async #lookAtAll(): Promise<void> {
    const { processes, removeOrphans, onError } = this.#deps
    const signal = this.#signal
    const looks = processes.all().map((process) =>
      processes.run(process.record.spec.id, async () => {
        if (processes.isOpen) await process.look()
      }),
    )
    for (const result of await Promise.allSettled([...looks, removeOrphans(signal)]))
      if (result.status === 'rejected' && !signal.aborted) onError(result.reason)
  }
}
