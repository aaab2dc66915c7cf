import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ServiceMode } from '@vitrine/contract'
import { everyEnd } from '../../../lib/every-end.ts'
import type { PortListener } from '../../../lib/procfs/port-ownership.ts'
import type { Usage } from '../../../lib/procfs/process-usage.ts'
import { logKeeper, type LogKeeper } from '../../log-files/log-keeper.ts'
import type { LogRotation } from '../../log-files/log-rotation.ts'
import {
  limitGrace,
  newRecord,
  processRecords,
  type ProcessRecord,
  type ProcessRecords,
} from '../process-records.ts'
import type { ProcessReport, ProcessRunner, ProcessSpec } from '../process-runner.ts'
import { watchers } from '../watchers.ts'
import type { ProcessHost } from './process-life.ts'
import { Processes, type FramedProcess } from './processes.ts'

/** `folder` is where the runner keeps its records. `onError` is called for errors of background work. */
export type FrameOptions = {
  folder: string
  logRotation: LogRotation
  onError: (error: unknown) => void
}

/** The part of a runner that a driver provides: everything that depends on how its processes run. */
export type Driver<P extends FramedProcess> = {
  readonly kind: ServiceMode
  /** Throws for a spec that it cannot carry out. */
  check(spec: ProcessSpec): void
  /** Returns the path of the socket of a new process; null if it has none. Without this function, none has one. */
  socketOf?(spec: ProcessSpec): string | null
  /** Makes a process from its record. It is not started. */
  make(record: ProcessRecord, host: ProcessHost): P
  /** Called before the processes that an earlier control plane has left are made. */
  prepare?(known: readonly ProcessRecord[]): Promise<void>
  /** Adopts the existing processes, and manages all processes until the signal aborts. */
  open(signal: AbortSignal): Promise<void>
  /**
   * Resolves when its background work has ended. Called after the signal has aborted and no process is managed any
   * more.
   */
  close(): Promise<void>
  /** Removes what it has made for all processes together. Called when no process is left. */
  dispose?(): Promise<void>
  /** Returns who accepts connections at the endpoint of a process. */
  listener(process: P): Promise<PortListener>
  /**
   * Returns the usage of processes that run on other machines, by their ids. Absent if all processes run on this
   * machine.
   */
  usage?(): Promise<ReadonlyMap<string, Usage>>
}

/**
 * The frame of a runner: the records of its processes, the order of the work for each, the logs, and the listeners for
 * changes. The driver decides how processes run.
 */
/** A log that has so many times its size at one look is a flood, of which the end is kept. Its program can also state any length of it. */
const floods = 4

export class FramedRunner<P extends FramedProcess> implements ProcessRunner {
  readonly kind: ServiceMode
  readonly #driver: Driver<P>
  readonly #processes: Processes<P>
  readonly #records: ProcessRecords
  readonly #watched = watchers()
  readonly #logs: LogKeeper
  readonly #onError: (error: unknown) => void
  #ending = new AbortController()

  /** @param driverOf makes the driver, which may look at all processes of the runner */
  constructor(
    { folder, logRotation, onError }: FrameOptions,
    driverOf: (processes: Processes<P>) => Driver<P>,
  ) {
    this.#onError = onError
    this.#records = processRecords(folder)
    this.#processes = new Processes(onError)
    this.#driver = driverOf(this.#processes)
    this.kind = this.#driver.kind
    this.#logs = logKeeper({
      rotation: { ...logRotation, mostBytes: floods * logRotation.maxBytes },
      paths: () => this.#processes.all().flatMap(({ record: { spec } }) => [spec.stdoutLog, spec.stderrLog]),
      onError,
    })
  }

  async open(): Promise<void> {
    if (this.#processes.isOpen) return
    const known = await this.#records.load()
    await this.#driver.prepare?.(known)
    for (const record of known) this.#manage(record)
    this.#ending = new AbortController()
    const { signal } = this.#ending
    this.#processes.open(signal)
    await this.#driver.open(signal)
    if (!signal.aborted) this.#logs.start()
  }

  async add(specs: readonly ProcessSpec[]): Promise<void> {
    for (const spec of specs) if (!this.#processes.has(spec.id)) this.#driver.check(spec)
    await Promise.all(specs.map((spec) => this.#processes.run(spec.id, () => this.#addOne(spec))))
  }

  async #addOne(spec: ProcessSpec): Promise<void> {
    if (this.#processes.has(spec.id)) return
    for (const path of [spec.stdoutLog, spec.stderrLog]) await mkdir(dirname(path), { recursive: true })
    const record = newRecord({ ...spec }, this.#driver.socketOf?.(spec))
    await this.#records.save(record)
    this.#watched.notify(this.#manage(record).report())
  }

  #manage(record: ProcessRecord): P {
    const { id } = record.spec
    const process = this.#driver.make(record, {
      save: () => this.#records.save(record),
      later: (work) => this.#processes.later(id, work),
      changed: (report) => this.#watched.notify(report),
      onError: this.#onError,
    })
    this.#processes.put(process)
    return process
  }

  remove(id: string): Promise<void> {
    return this.#processes.run(id, async () => {
      if (!this.#processes.has(id)) return
      const process = this.#processes.find(id)
      await process.stop()
      process.release()
      await process.close?.()
      await process.forget()
      this.#processes.delete(id)
      this.#watched.forget(id)
      await this.#records.forget(id)
    })
  }

  start(id: string): Promise<void> {
    return this.#processes.run(id, async () => this.#processes.find(id).start())
  }

  stop(id: string): Promise<void> {
    return this.#processes.run(id, async () => this.#processes.find(id).stop())
  }

  async listener(id: string): Promise<PortListener> {
    return this.#driver.listener(this.#processes.find(id))
  }

  async reports(): Promise<Map<string, ProcessReport>> {
    return new Map(this.#processes.all().map((process) => [process.record.spec.id, process.report()]))
  }

  async usage(): Promise<ReadonlyMap<string, Usage>> {
    return (await this.#driver.usage?.()) ?? new Map()
  }

  watch(onChange: (report: ProcessReport) => void): () => void {
    return this.#watched.add(onChange)
  }

  async close(): Promise<void> {
    this.#ending.abort()
    await this.#processes.close()
    await this.#logs.close()
    await this.#driver.close()
  }

  async shutdown(limit?: { graceMs: number }): Promise<void> {
    const all = this.#processes.all()
    if (limit) for (const { record } of all) limitGrace(record, limit.graceMs)
    await everyEnd(all.map(({ record }) => this.remove(record.spec.id)))
    await this.close()
    await this.#driver.dispose?.()
  }
}
