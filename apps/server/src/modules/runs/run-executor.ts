import { ActiveRun, type ActiveRunDeps } from './active-run.ts'
import type { RunEvent } from './run-history.ts'
import type { Place } from './run-place.ts'
import type { RunRecord } from './run-record.ts'

/** Carries runs to their end within this control plane, and lets people follow and cancel them. */
export class RunExecutor {
  readonly #deps: ActiveRunDeps
  readonly #active = new Map<string, ActiveRun>()

  constructor(deps: ActiveRunDeps) {
    this.#deps = deps
  }

  /** Begins a stored run; it is queued until it has its place. */
  start(run: RunRecord, place: Place): void {
    const active = new ActiveRun(this.#deps, run)
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

  /** How many runs an instance carries out, by its port. */
  runsOn(port: number): number {
    return [...this.#active.values()].filter((active) => active.port === port).length
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

  /** Ends what runs; each is recorded as interrupted. */
  async close(): Promise<void> {
    const all = [...this.#active.values()]
    for (const active of all) active.cut('shutdown')
    await Promise.all(all.map(({ done }) => done))
  }
}
