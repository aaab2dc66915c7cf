import type { Json } from '@vitrine/contract'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import { ActiveRun, type ActiveRunDeps } from './active-run.ts'
import type { StartedCall } from '../calling/started-call.ts'
import type { FindInstance } from '../run-instance.ts'
import type { RunEvent } from '../events/run-events.ts'
import type { RunRecord } from '../run-record.ts'

/** Executes runs in this control plane, and lets people follow and cancel them. */
export class RunExecutor {
  readonly #deps: ActiveRunDeps
  readonly #active = new Map<string, ActiveRun>()
  #isClosed = false
  /** The runs that requests began before the runs of the last control plane were read. Null after that. */
  #early: Set<string> | null = new Set()

  constructor(deps: ActiveRunDeps) {
    this.#deps = deps
  }

  /**
   * Starts a stored run. It is queued until it has an instance. With `begun`, it continues a call of an earlier control
   * plane if the instance still executes it. `giveBack` is called when it ends. `person` is one name for the person or
   * visitor for whom it counts.
   */
  start(
    run: RunRecord,
    how: {
      findInstance: FindInstance
      person: string
      giveBack: () => void
      begun?: StartedCall | null
    },
  ): void {
    // A request that is still being handled has stored this run. The next control plane begins it.
    if (this.#isClosed) return how.giveBack()
    this.#early?.add(run.id)
    const active = new ActiveRun(this.#deps, { run, person: how.person, begun: how.begun ?? null })
    this.#active.set(run.id, active)
    active.begin(how.findInstance, () => {
      this.#active.delete(run.id)
      how.giveBack()
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
  endpointOf(id: string): InstanceEndpoint | null {
    return this.#active.get(id)?.endpoint ?? null
  }

  /** The number of runs that an instance is executing. */
  runsOn(instanceId: string): number {
    return [...this.#active.values()].filter((active) => active.instanceId === instanceId).length
  }

  /** The inputs of the runs that an instance is executing. */
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

  /** Whether a request has begun a run here before {@link open}. It may have ended since. */
  hasBegun(id: string): boolean {
    return this.#early?.has(id) ?? false
  }

  /** Lets the runs of the last control plane begin. Call it when they have been read. */
  open(): void {
    this.#isClosed = false
    this.#early = null
  }

  /**
   * Stops following all runs. The next control plane continues them, and begins the runs that are stored from now on.
   */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#early = new Set()
    const all = [...this.#active.values()]
    for (const active of all) active.cut('left')
    await Promise.all(all.map(({ done }) => done))
  }
}
