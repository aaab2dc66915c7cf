import { shareNext } from '../../../lib/share-next.ts'
import type { LimitKeeper } from '../limit-keeper.ts'
import type { LostPort } from '../port-fate.ts'
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
  /** Why a process has ended whose port may have been taken; null: for another reason. */
  lossOf: (record: ProcessRecord) => Promise<LostPort | null>
  /** Hears of each end that was read. */
  onExited: (id: string) => void
  /** Hears of one that ended because it could not have its port, and of the pause after which it gets another. */
  onLostPort: (id: string, pauseMs: number) => void
  /** Hears of one that should run and ends again and again. */
  onCrashLoop: (id: string) => void
}

/** What is known of the processes under a supervisord: what was desired, what it said last, what its journal told. It starts and ends nothing. */
export class SupervisedBoard {
  /** The records, by id. */
  readonly known = new Map<string, ProcessRecord>()
  /** Those that are being stopped. */
  readonly stopping = new Set<string>()
  /** Those that are being started with another port. */
  readonly moving = new Set<string>()
  readonly #deps: Deps
  readonly #histories: ReturnType<typeof supervisorHistories>
  readonly #watched = watchers()
  #infos = new Map<string, SupervisorInfo>()
  /** When supervisord was last asked for all of them; milliseconds since the epoch. */
  askedAt = 0

  constructor(deps: Deps) {
    this.#deps = deps
    this.#histories = supervisorHistories({
      ...deps,
      known: this.known,
      onLostPort: (id, pauseMs) => {
        // One that is being moved ends once more by that.
        if (this.moving.has(id)) return
        this.moving.add(id)
        deps.onLostPort(id, pauseMs)
      },
    })
  }

  /** Calls back on every change of a report until the returned function is called. */
  watch(onChange: (report: ProcessReport) => void): () => void {
    return this.#watched.add(onChange)
  }

  /** The record of a process; `process.unknown` where there is none. */
  find(id: string): ProcessRecord {
    const record = this.known.get(id)
    if (!record) throw unknownProcess({ id })
    return record
  }

  /** Knows of the processes that an earlier runner left. */
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

  /** Takes up what the journal has told since. */
  readonly readJournal = shareNext(() => this.#histories.read())

  /** What happened up to now is over: the next start begins anew. */
  endSeries(id: string): void {
    this.#histories.endSeries(id)
  }

  /** It has lost its port while it lived, and is to have another. */
  loseOne(id: string): void {
    this.#histories.loseOne(id)
    this.moving.add(id)
  }

  /** A process whose port is watched; null while it does not live or listens nowhere. */
  guarded({ spec, port }: ProcessRecord): GuardedProcess | null {
    const info = this.#infos.get(spec.id)
    if (!spec.listens || port === null || !info || info.pid === 0 || this.moving.has(spec.id)) return null
    return { id: spec.id, pid: info.pid, generation: generationOf(info), port }
  }

  /** Why a process is to be given up, or null. */
  loopReason(id: string): ProcessReason | null {
    return crashLoopReason(this.#histories.of(id), Date.now())
  }

  /** The report out of what was asked last; whoever watches hears of it. */
  tell(record: ProcessRecord): ProcessReport {
    const { id } = record.spec
    const history = this.#histories.of(id)
    const report = reportOf(record, this.#infos.get(id) ?? null, history, {
      stopping: this.stopping.has(id),
      moving: this.moving.has(id),
      host: this.#deps.host,
    })
    this.#watched.tell(report)
    const isWanted = record.desired === 'running' && record.fatal === null
    if (isWanted && this.loopReason(id) !== null) this.#deps.onCrashLoop(id)
    return report
  }

  /** What supervisord says of all programs, and what its journal told until then. */
  async ask(): Promise<ReadonlyMap<string, SupervisorInfo>> {
    this.askedAt = Date.now()
    this.#infos = await this.#deps.programs.infos()
    await this.readJournal()
    return this.#infos
  }

  /** Asks for all; their reports. */
  readonly refresh = shareNext(async (): Promise<Map<string, ProcessReport>> => {
    await this.ask()
    return new Map([...this.known].map(([id, record]) => [id, this.tell(record)]))
  })

  /** Asks for one: all of them cost supervisord a hundred times as much. */
  async refreshOne(record: ProcessRecord): Promise<void> {
    const info = await this.#deps.programs.info(record.spec.id)
    await this.readJournal()
    this.#infos.set(info.name, info)
    this.tell(record)
  }
}
