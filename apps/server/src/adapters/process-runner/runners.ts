import type { ProcessState, ServiceMode } from '@vitrine/contract'
import { endAccount, livingAccounts } from '../../lib/end-account.ts'
import { everyEnd } from '../../lib/every-end.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import type { RunAs } from '../../lib/run-command.ts'
import type { PortListener } from '../../lib/procfs/port-ownership.ts'
import type { Usage } from '../../lib/procfs/process-usage.ts'
import { unknownProcess, unusableSpec } from './process-runner.errors.ts'
import type { ProcessReport, ProcessRunner, ProcessSpec } from './process-runner.ts'

/** A process, and the mode that decides which runner of the machine runs it. */
export type RoutedSpec = ProcessSpec & { mode: ServiceMode }

/** Runs processes, each with the runner of its mode. A single runner also fits: it runs all of them. */
export type ModeRunner = Omit<ProcessRunner, 'add'> & {
  /** Registers specs without starting them. A spec whose id is already registered is left alone. */
  add(specs: readonly RoutedSpec[]): Promise<void>
}

/** All runners of a machine combined. `kind` is the default mode, `modes` are all available modes: one can be added later. */
export type Runners = ModeRunner & {
  readonly modes: ReadonlySet<ServiceMode>
  /** The mode whose runner has a process. Null if none has it. */
  modeOf(id: string): ServiceMode | null
}

/** Whether some of them run images, so that images are made and kept. */
export const runsImages = ({ modes }: Pick<Runners, 'modes'>): boolean =>
  modes.has('docker') || modes.has('kubernetes')

/** A runner that a machine can have. It is created when it is first needed. */
export type ModeDriver = {
  mode: ServiceMode
  make: () => ProcessRunner | Promise<ProcessRunner>
  /** Whether an earlier control plane may have left processes with it. */
  wasUsed: () => Promise<boolean>
  /** Resolves when the machine has it, if that may be later; null or absent if the machine has it now. */
  appears?: Promise<void> | null
}

/** None of its processes runs, and none will be started by itself. */
const atRest: ReadonlySet<ProcessState> = new Set(['STOPPED', 'FATAL'])

type Options = { standard: ServiceMode; drivers: readonly ModeDriver[] }

class ModeRunners implements Runners {
  readonly kind: ServiceMode
  readonly modes: ReadonlySet<ServiceMode>
  readonly #drivers: ReadonlyMap<ServiceMode, ModeDriver>
  readonly #opened = new Map<ServiceMode, Promise<ProcessRunner>>()
  readonly #modeOf = new Map<string, ServiceMode>()
  readonly #accountOf = new Map<string, RunAs>()
  readonly #listeners = new Set<(report: ProcessReport) => void>()
  /** Starts of processes of an account wait until what was left of it has been ended. */
  readonly #ending = keyedQueue()

  constructor({ standard, drivers }: Options) {
    this.kind = standard
    this.#drivers = new Map(drivers.map((driver) => [driver.mode, driver]))
    const modes = new Set<ServiceMode>()
    this.modes = modes
    for (const { mode, appears } of drivers) {
      // It never appears if the platform ends first.
      if (appears)
        appears.then(
          () => modes.add(mode),
          () => undefined,
        )
      else modes.add(mode)
    }
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
      for (const { id, user } of mine) this.#know({ id, account: user }, mode)
    }
  }

  async remove(id: string): Promise<void> {
    const owner = await this.#ownerOf(id)
    const account = this.#accountOf.get(id)
    await owner?.remove(id)
    this.#modeOf.delete(id)
    this.#accountOf.delete(id)
    if (account) await this.#endUnused(account)
  }

  async start(id: string): Promise<void> {
    const owner = await this.#known(id)
    const account = this.#accountOf.get(id)
    await (account ? this.#ending.run(String(account.uid), () => owner.start(id)) : owner.start(id))
  }

  async stop(id: string): Promise<void> {
    const owner = await this.#known(id)
    await owner.stop(id)
    const account = this.#accountOf.get(id)
    if (account) await this.#endUnused(account)
  }

  modeOf(id: string): ServiceMode | null {
    return this.#modeOf.get(id) ?? null
  }

  async listener(id: string): Promise<PortListener> {
    return (await this.#known(id)).listener(id)
  }

  async reports(): Promise<Map<string, ProcessReport>> {
    const opened = [...this.#opened.values()]
    const all = await Promise.all(opened.map(async (runner) => (await runner).reports()))
    return new Map(all.flatMap((reports) => [...reports]))
  }

  async usage(): Promise<ReadonlyMap<string, Usage>> {
    const opened = await Promise.all(this.#opened.values())
    const all = await Promise.all(opened.map(async (runner) => runner.usage?.()))
    return new Map(all.flatMap((usage) => [...(usage ?? [])]))
  }

  watch(onChange: (report: ProcessReport) => void): () => void {
    this.#listeners.add(onChange)
    return () => this.#listeners.delete(onChange)
  }

  close(): Promise<void> {
    return this.#end((runner) => runner.close())
  }

  async shutdown(limit?: { graceMs: number }): Promise<void> {
    const accounts = new Map([...this.#accountOf.values()].map((account) => [account.uid, account]))
    try {
      await this.#end((runner) => runner.shutdown(limit))
    } finally {
      const living = livingAccounts()
      await everyEnd([...accounts.values()].filter(({ uid }) => living.has(uid)).map(endAccount))
    }
  }

  #know({ id, account }: Pick<ProcessReport, 'id' | 'account'>, mode: ServiceMode): void {
    this.#modeOf.set(id, mode)
    if (account) this.#accountOf.set(id, account)
  }

  /**
   * Ends every process of an account of which no registered process runs: those that left their tree, so that
   * no search for it finds them.
   */
  async #endUnused(account: RunAs): Promise<void> {
    await this.#ending.run(String(account.uid), async () => {
      const its = [...(await this.reports()).values()].filter((one) => one.account?.uid === account.uid)
      if (its.every(({ state }) => atRest.has(state))) await endAccount(account)
    })
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
    const runner = await driver.make()
    const unwatch = runner.watch((report) => {
      for (const listener of this.#listeners) listener(report)
    })
    try {
      await runner.open()
    } catch (error) {
      unwatch()
      throw error
    }
    for (const report of (await runner.reports()).values()) this.#know(report, driver.mode)
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
    await everyEnd(runners.map(how))
    this.#opened.clear()
    this.#modeOf.clear()
    this.#accountOf.clear()
  }
}

/**
 * Combines several runners. An unused runner is not opened, so it costs nothing. It is opened for the first
 * added process, or at `open` if processes were left with it. Ids are unique over all runners.
 */
export const modeRunners = (options: Options): Runners => new ModeRunners(options)
