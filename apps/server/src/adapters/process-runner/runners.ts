import type { ServiceMode } from '@vitrine/contract'
import type { PortListener } from '../../lib/procfs/port-ownership.ts'
import { unknownProcess, unusableSpec } from './process-runner.errors.ts'
import type { ProcessReport, ProcessRunner, ProcessSpec } from './process-runner.ts'

/** A process, and the mode that decides which runner of the machine runs it. */
export type RoutedSpec = ProcessSpec & { mode: ServiceMode }

/** Runs processes, each with the runner of its mode. A single runner also fits: it runs all of them. */
export type ModeRunner = Omit<ProcessRunner, 'add'> & {
  /** Registers specs without starting them. A spec whose id is already registered is left alone. */
  add(specs: readonly RoutedSpec[]): Promise<void>
}

/** All runners of a machine combined. `kind` is the default mode, `modes` are all available modes. */
export type Runners = ModeRunner & { readonly modes: ReadonlySet<ServiceMode> }

/** A runner that a machine can have. It is created when it is first needed. */
export type ModeDriver = {
  mode: ServiceMode
  make: () => ProcessRunner
  /** Whether an earlier control plane may have left processes with it. */
  wasUsed: () => Promise<boolean>
}

type Options = { standard: ServiceMode; drivers: readonly ModeDriver[] }

class ModeRunners implements Runners {
  readonly kind: ServiceMode
  readonly modes: ReadonlySet<ServiceMode>
  readonly #drivers: ReadonlyMap<ServiceMode, ModeDriver>
  readonly #opened = new Map<ServiceMode, Promise<ProcessRunner>>()
  readonly #modeOf = new Map<string, ServiceMode>()
  readonly #listeners = new Set<(report: ProcessReport) => void>()

  constructor({ standard, drivers }: Options) {
    this.kind = standard
    this.#drivers = new Map(drivers.map((driver) => [driver.mode, driver]))
    this.modes = new Set(this.#drivers.keys())
  }

  async open(): Promise<void> {
    for (const driver of this.#drivers.values()) if (await driver.wasUsed()) await this.#runnerOf(driver)
  }

  async add(specs: readonly RoutedSpec[]): Promise<void> {
    const fresh = specs.filter((spec) => !this.#modeOf.has(spec.id))
    for (const mode of new Set(fresh.map((spec) => spec.mode))) {
      const mine = fresh.filter((spec) => spec.mode === mode)
      const driver = this.#drivers.get(mode)
      if (!driver)
        throw unusableSpec({ id: mine[0]?.id ?? '', field: 'mode', why: `this machine has no ${mode}` })
      await (await this.#runnerOf(driver)).add(mine)
      for (const { id } of mine) this.#modeOf.set(id, mode)
    }
  }

  async remove(id: string): Promise<void> {
    await (await this.#ownerOf(id))?.remove(id)
    this.#modeOf.delete(id)
  }

  async start(id: string): Promise<void> {
    await (await this.#known(id)).start(id)
  }

  async stop(id: string): Promise<void> {
    await (await this.#known(id)).stop(id)
  }

  async listener(id: string): Promise<PortListener> {
    return (await this.#known(id)).listener(id)
  }

  async reports(): Promise<Map<string, ProcessReport>> {
    const opened = [...this.#opened.values()]
    const all = await Promise.all(opened.map(async (runner) => (await runner).reports()))
    return new Map(all.flatMap((reports) => [...reports]))
  }

  watch(onChange: (report: ProcessReport) => void): () => void {
    this.#listeners.add(onChange)
    return () => this.#listeners.delete(onChange)
  }

  close(): Promise<void> {
    return this.#end((runner) => runner.close())
  }

  shutdown(limit?: { graceMs: number }): Promise<void> {
    return this.#end((runner) => runner.shutdown(limit))
  }

  /** Returns the open runner of a mode. If opening failed, the next caller tries again. */
  #runnerOf(driver: ModeDriver): Promise<ProcessRunner> {
    const before = this.#opened.get(driver.mode)
    if (before) return before
    const opening = this.#openOne(driver)
    this.#opened.set(driver.mode, opening)
    opening.catch(() => this.#opened.delete(driver.mode))
    return opening
  }

  async #openOne(driver: ModeDriver): Promise<ProcessRunner> {
    const runner = driver.make()
    const unwatch = runner.watch((report) => {
      for (const listener of this.#listeners) listener(report)
    })
    try {
      await runner.open()
    } catch (error) {
      unwatch()
      throw error
    }
    for (const id of (await runner.reports()).keys()) this.#modeOf.set(id, driver.mode)
    return runner
  }

  async #ownerOf(id: string): Promise<ProcessRunner | null> {
    const mode = this.#modeOf.get(id)
    return (mode !== undefined && (await this.#opened.get(mode))) || null
  }

  async #known(id: string): Promise<ProcessRunner> {
    const owner = await this.#ownerOf(id)
    if (!owner) throw unknownProcess({ id })
    return owner
  }

  async #end(how: (runner: ProcessRunner) => Promise<void>): Promise<void> {
    const runners = await Promise.all(this.#opened.values())
    await Promise.all(runners.map(how))
    this.#opened.clear()
    this.#modeOf.clear()
  }
}

/**
 * Combines several runners. An unused runner is not opened, so it costs nothing. It is opened for the first
 * added process, or at `open` if processes were left with it. Ids are unique over all runners.
 */
export const modeRunners = (options: Options): Runners => new ModeRunners(options)
