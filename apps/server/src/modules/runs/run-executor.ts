import type { Endpoint } from '@vitrine/contract'
import { ActiveRun, type ActiveRunDeps, type Begun } from './active-run.ts'
import type { Place } from './placed.ts'
import type { RunEvent } from './run-events.ts'
import type { RunRecord } from './run-record.ts'

/** Carries runs to their end within this control plane, and lets people follow and cancel them. */
export class RunExecutor {
  readonly #deps: ActiveRunDeps
  readonly #active = new Map<string, ActiveRun>()

  constructor(deps: ActiveRunDeps) {
    this.#deps = deps
  }

  /**
   * Begins a stored run; it is queued until it has its place. One that an ended control plane had begun is gone on with where its
   * instance still carries it out.
   */
  start(run: RunRecord, place: Place, begun: Begun | null = null): void {
    const active = new ActiveRun(this.#deps, run, begun)
    this.#active.set(run.id, active)
    active.begin(place, () => this.#active.delete(run.id))
  }

  /** Asks a run to end; false if it does not run here. */
  cancel(id: string): boolean {
    const active = this.#active.get(id)
    active?.cut('cancelled')
    return active !== undefined
  }

  /** A run as it is now, ahead of its row; null if it does not run here. */
  current(id: string): RunRecord | null {
    return this.#active.get(id)?.run ?? null
  }

  /** Where the instance is reached that carries a run out now; null if none does. */
  endpointOf(id: string): Endpoint | null {
    return this.#active.get(id)?.endpoint ?? null
  }

  /** How many runs an instance carries out. */
  runsOn(instanceId: string): number {
    return [...this.#active.values()].filter((active) => active.instanceId === instanceId).length
  }

  /** What is kept of what happened in a run that runs here; nothing of others. */
  kept(id: string): RunEvent[] {
    return this.#active.get(id)?.kept ?? []
  }

  /** Gives a listener what happened so far and what comes, the last event being `status` of the ended run; null if it does not run here. */
  follow(id: string, listener: (event: RunEvent, ended: boolean) => void): (() => void) | null {
    return this.#active.get(id)?.follow(listener) ?? null
  }

  /** Resolves when a run has ended. */
  async settled(id: string): Promise<void> {
    await this.#active.get(id)?.done
  }

  /** Lets go of what runs; the next control plane goes on with it. */
  async close(): Promise<void> {
    const all = [...this.#active.values()]
    for (const active of all) active.cut('left')
    await Promise.all(all.map(({ done }) => done))
  }
}
