import type { ServiceMode } from '@vitrine/contract'
import { unknownProcess, unusableSpec } from './process-runner.errors.ts'
import type { ProcessReport, ProcessRunner, ProcessSpec } from './process-runner.ts'

/** A process and which of a machine's runners is to run it. */
export type RoutedSpec = ProcessSpec & { mode: ServiceMode }

/** Runs processes, each by the runner of its mode. A single runner is one too: it runs all of them. */
export type ModeRunner = Omit<ProcessRunner, 'add'> & {
  /** Makes these known (not started). Specs known under the same id are left alone. */
  add(specs: readonly RoutedSpec[]): Promise<void>
}

/** The runners of a machine as one. `kind` is the mode of what says nothing else, `modes` are all that there are. */
export type Runners = ModeRunner & { readonly modes: ReadonlySet<ServiceMode> }

/** One runner that a machine can have, made when it is first needed. */
export type ModeDriver = {
  mode: ServiceMode
  make: () => ProcessRunner
  /** Whether an earlier control plane may have left processes with it. */
  wasUsed: () => Promise<boolean>
}

/**
 * Several runners as one. One that nobody uses is not opened, so it costs nothing: it is at the first process that is added, or at
 * `open` where processes were left with it. Ids are unique over all of them.
 */
export function modeRunners(options: { standard: ServiceMode; drivers: readonly ModeDriver[] }): Runners {
  const { standard } = options
  const drivers = new Map(options.drivers.map((driver) => [driver.mode, driver]))
  const opened = new Map<ServiceMode, Promise<ProcessRunner>>()
  const modeOf = new Map<string, ServiceMode>()
  const listeners = new Set<(report: ProcessReport) => void>()

  async function openOne(driver: ModeDriver): Promise<ProcessRunner> {
    const runner = driver.make()
    const unwatch = runner.watch((report) => {
      for (const listener of listeners) listener(report)
    })
    try {
      await runner.open()
    } catch (error) {
      unwatch()
      throw error
    }
    for (const id of (await runner.reports()).keys()) modeOf.set(id, driver.mode)
    return runner
  }

  /** The open runner of a mode; one that could not be opened is tried again by the next who needs it. */
  function runnerOf(driver: ModeDriver): Promise<ProcessRunner> {
    const before = opened.get(driver.mode)
    if (before) return before
    const opening = openOne(driver)
    opened.set(driver.mode, opening)
    opening.catch(() => opened.delete(driver.mode))
    return opening
  }

  async function ownerOf(id: string): Promise<ProcessRunner | null> {
    const mode = modeOf.get(id)
    return (mode !== undefined && (await opened.get(mode))) || null
  }
  async function known(id: string): Promise<ProcessRunner> {
    const owner = await ownerOf(id)
    if (!owner) throw unknownProcess({ id })
    return owner
  }
  async function end(how: (runner: ProcessRunner) => Promise<void>): Promise<void> {
    const runners = await Promise.all(opened.values())
    await Promise.all(runners.map(how))
    opened.clear()
    modeOf.clear()
  }

  return {
    kind: standard,
    modes: new Set(drivers.keys()),
    async open() {
      for (const driver of drivers.values()) if (await driver.wasUsed()) await runnerOf(driver)
    },
    async add(specs) {
      const fresh = specs.filter((spec) => !modeOf.has(spec.id))
      for (const mode of new Set(fresh.map((spec) => spec.mode))) {
        const mine = fresh.filter((spec) => spec.mode === mode)
        const driver = drivers.get(mode)
        if (!driver)
          throw unusableSpec({ id: mine[0]?.id ?? '', field: 'mode', why: `this machine has no ${mode}` })
        await (await runnerOf(driver)).add(mine)
        for (const { id } of mine) modeOf.set(id, mode)
      }
    },
    async remove(id) {
      await (await ownerOf(id))?.remove(id)
      modeOf.delete(id)
    },
    start: async (id) => (await known(id)).start(id),
    stop: async (id) => (await known(id)).stop(id),
    async reports() {
      const all = await Promise.all([...opened.values()].map(async (runner) => (await runner).reports()))
      return new Map(all.flatMap((reports) => [...reports]))
    },
    watch(onChange) {
      listeners.add(onChange)
      return () => listeners.delete(onChange)
    },
    close: () => end((runner) => runner.close()),
    shutdown: (limit) => end((runner) => runner.shutdown(limit)),
  }
}
