import { coalesce } from '../../../lib/coalesce.ts'
import type { LimitKeeper } from '../limit-keeper.ts'
import type { LostPort } from '../port-decision.ts'
import type { GuardedProcess } from '../port-guard.ts'
import type { ProcessRecord, ProcessRecords } from '../process-records.ts'
import { unknownProcess } from '../process-runner.errors.ts'
import type { ProcessReason } from '../process-reason.ts'
import type { ProcessReport } from '../process-runner.ts'
import { supervisorHistories } from './supervisor-histories.ts'
import type { SupervisorJournal } from './supervisor-journal.ts'
import type { SupervisorPrograms } from './supervisor-programs.ts'
import { crashLoopReason, generationOf, reportOf, type SupervisorInfo } from './supervisor-report.ts'
import { watchers } from '../watchers.ts'

type Deps = {
  programs: SupervisorPrograms
  journal: SupervisorJournal
  keeper: LimitKeeper
  records: ProcessRecords
  /** The address that processes listen on. */
  host: string
  /** The sockets with which a process was seen to listen on its port. */
  listenersOf: (record: ProcessRecord) => string[] | undefined
  /** Returns why a process whose port may have been taken has ended; null for another reason. */
  lossOf: (record: ProcessRecord) => Promise<LostPort | null>
  /** Called for each exit in the journal. */
  onExited: (id: string) => void
  /** Called if a process ended because it could not get its port, with the pause before it gets another. */
  onLostPort: (id: string, pauseMs: number) => void
  /** Called for a process that should run but exits again and again. */
  onCrashLoop: (id: string) => void
}

/**
 * What is known about the processes under a supervisord: what is desired, its last answer, and its journal.
 * It starts and ends nothing.
 */
export class SupervisedProcesses {
  /** The records, by id. */
  readonly known = new Map<string, ProcessRecord>()
  /** The processes that are being stopped. */
  readonly stopping = new Set<string>()
  /** The processes that are being started with another port. */
  readonly moving = new Set<string>()
  readonly #deps: Deps
  readonly #histories: ReturnType<typeof supervisorHistories>
  readonly #watched = watchers()
  #infos = new Map<string, SupervisorInfo>()
  /** When supervisord was last asked for all processes; milliseconds since the epoch. */
  askedAt = 0

  constructor(deps: Deps) {
    this.#deps = deps
    this.#histories = supervisorHistories({
      ...deps,
      known: this.known,
      onLostPort: (id, pauseMs) => {
        // The start with another port causes one more exit.
        if (this.moving.has(id)) return
        this.moving.add(id)
        deps.onLostPort(id, pauseMs)
      },
    })
  }

  /** Calls `onChange` for every change of a report until the returned function is called. */
  watch(onChange: (report: ProcessReport) => void): () => void {
    return this.#watched.add(onChange)
  }

  /** Returns the record of a process; throws `process.unknown` if there is none. */
  find(id: string): ProcessRecord {
    const record = this.known.get(id)
    if (!record) throw unknownProcess({ id })
    return record
  }

  /** Loads the processes that an earlier runner left. */
  async load(): Promise<void> {
    this.known.clear()
    for (const record of await this.#deps.records.load()) this.known.set(record.spec.id, record)
  }

  async forget(id: string): Promise<void> {
    this.known.delete(id)
    this.moving.delete(id)
    this.#histories.forget(id)
    this.#watched.forget(id)
    await this.#deps.records.forget(id)
  }

  /** Reads the new entries of the journal. */
  readonly readJournal = coalesce(() => this.#histories.read())

  /** Ends the current series of exits: the next start begins a new one. */
  endSeries(id: string): void {
    this.#histories.endSeries(id)
  }

  /** Records that a living process has lost its port, and must get another. */
  loseOne(id: string): void {
    this.#histories.loseOne(id)
    this.moving.add(id)
  }

  /** Whether supervisord's last answer has a process of this program. */
  lives({ spec }: ProcessRecord): boolean {
    return (this.#infos.get(spec.id)?.pid ?? 0) > 0
  }

  /** Returns a process whose port must be watched; null while it is not alive or has none. */
  guarded({ spec, port }: ProcessRecord): GuardedProcess | null {
    const info = this.#infos.get(spec.id)
    if (port === null || !info || info.pid === 0 || this.moving.has(spec.id)) return null
    return { id: spec.id, pid: info.pid, generation: generationOf(info), port }
  }

  /** Returns why a process must be given up, or null. */
  loopReason(id: string): ProcessReason | null {
    return crashLoopReason(this.#histories.of(id), Date.now())
  }

  /** Makes the report from the last answer, and passes it to the watchers. */
  publish(record: ProcessRecord): ProcessReport {
    const { id } = record.spec
    const history = this.#histories.of(id)
    const report = reportOf(record, this.#infos.get(id) ?? null, history, {
      stopping: this.stopping.has(id),
      moving: this.moving.has(id),
      host: this.#deps.host,
      listeners: this.#deps.listenersOf(record),
    })
    this.#watched.notify(report)
    const isWanted = record.desired === 'running' && record.fatal === null
    if (isWanted && this.loopReason(id) !== null) this.#deps.onCrashLoop(id)
    return report
  }

  /** Asks supervisord for all programs, and then reads its journal. */
  async ask(): Promise<ReadonlyMap<string, SupervisorInfo>> {
    this.askedAt = Date.now()
    this.#infos = await this.#deps.programs.infos()
    await this.readJournal()
    return this.#infos
  }

  /** Asks for all programs and returns their reports. */
  readonly refresh = coalesce(async (): Promise<Map<string, ProcessReport>> => {
    await this.ask()
    return new Map([...this.known].map(([id, record]) => [id, this.publish(record)]))
  })

  /** Asks for one program. All of them would cost supervisord a hundred times as much. */
  async refreshOne(record: ProcessRecord): Promise<void> {
    const info = await this.#deps.programs.info(record.spec.id)
    await this.readJournal()
    this.#infos.set(info.name, info)
    this.publish(record)
  }
}
