import type { Endpoint, Json } from '@vitrine/contract'
import { ActiveRun, type ActiveRunDeps, type StartedCall } from './active-run.ts'
import type { FindInstance } from './run-instance.ts'
import type { RunEvent } from './run-events.ts'
import type { RunRecord } from './run-record.ts'

/** Executes runs in this control plane, and lets people follow and cancel them. */
export class RunExecutor {
  readonly #deps: ActiveRunDeps
  readonly #active = new Map<string, ActiveRun>()
  #isClosed = false

  constructor(deps: ActiveRunDeps) {
    this.#deps = deps
  }

  /**
   * Starts a stored run, once. It is queued until it has an instance. With `begun`, it continues a call of an
   * earlier control plane if the instance still executes it. `leave` is called when it ends.
   */
  start(
    run: RunRecord,
    how: { findInstance: FindInstance; leave: () => void; begun?: StartedCall | null },
  ): void {
    // A request that is still being handled has stored it. The next control plane begins it, or this one has found it
    // with those that an earlier one left.
    if (this.#isClosed || this.#active.has(run.id)) return how.leave()
    const active = new ActiveRun(this.#deps, run, how.begun ?? null)
    this.#active.set(run.id, active)
    active.begin(how.findInstance, () => {
      this.#active.delete(run.id)
      how.leave()
    })
  }

  /** Cancels a run. False if it is not running here. */
  cancel(id: string): boolean {
    const active = this.#active.get(id)
    active?.cut('cancelled')
    return active !== undefined
  }

  /** The current state of a run, newer than its row. Null if it is not running here. */
  current(id: string): RunRecord | null {
    return this.#active.get(id)?.run ?? null
  }

  /** The address of the instance that executes a run now. Null if none does. */
  endpointOf(id: string): Endpoint | null {
    return this.#active.get(id)?.endpoint ?? null
  }

  /** The number of runs that an instance is executing. */
  runsOn(instanceId: string): number {
    return [...this.#active.values()].filter((active) => active.instanceId === instanceId).length
  }

  /** The inputs of the runs that an instance is carrying out. */
  inputsOn(instanceId: string): Json[] {
    const runs = [...this.#active.values()].filter((active) => active.instanceId === instanceId)
    return runs.flatMap(({ run }) => run.input_data)
  }

  /** The recorded events of a run that is running here. Empty for other runs. */
  kept(id: string): RunEvent[] {
    return this.#active.get(id)?.kept ?? []
  }

  /**
   * Gives a listener the events so far and all that follow. The last event is `status` with the ended run.
   * Null if it is not running here.
   */
  follow(id: string, listener: (event: RunEvent, ended: boolean) => void): (() => void) | null {
    return this.#active.get(id)?.follow(listener) ?? null
  }

  /** Resolves when a run has ended. */
  async settled(id: string): Promise<void> {
    await this.#active.get(id)?.done
  }

  /** Lets runs begin, also after {@link close}: what an earlier control plane left has been read. */
  open(): void {
    this.#isClosed = false
  }

  /** Stops following all runs. The next control plane continues them, and begins those that come from now on. */
  async close(): Promise<void> {
    this.#isClosed = true
    const all = [...this.#active.values()]
    for (const active of all) active.cut('left')
    await Promise.all(all.map(({ done }) => done))
  }
}
