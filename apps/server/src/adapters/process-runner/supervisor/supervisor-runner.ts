import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { everyEnd } from '../../../lib/every-end.ts'
import { keyedQueue } from '../../../lib/keyed-queue.ts'
import { limitKeeper, type LimitKeeper } from '../limit-keeper.ts'
import {
  limitGrace,
  newRecord,
  processRecords,
  type ProcessRecord,
  type ProcessRecords,
} from '../process-records.ts'
import type { PortListener } from '../../../lib/procfs/port-ownership.ts'
import { refuseImage, supervisorUnavailable } from '../process-runner.errors.ts'
import type { ProcessReport, ProcessRunner, ProcessSpec } from '../process-runner.ts'
import { resourceLimits } from '../resource-limits/resource-limits.ts'
import { JournalLookout } from './journal-lookout.ts'
import { SupervisedProcesses } from './supervised-processes.ts'
import { ensureEngine } from './supervised-engine.ts'
import { SupervisedPorts } from './supervised-ports.ts'
import {
  endLeftovers,
  endProgram,
  giveUpProgram,
  isAtRest,
  spawnProgram,
  type Supervisor,
} from './supervised-program.ts'
import { supervisorFiles } from './supervisor-conf.ts'
import { SupervisorDaemon } from './supervisor-daemon.ts'
import { supervisorJournal, type SupervisorJournal } from './supervisor-journal.ts'
import { SupervisorPrograms } from './supervisor-programs.ts'
import { supervisorRecords, type SupervisorRunnerOptions } from './supervisor-runner.options.ts'

/** How often all programs are asked for while nothing changes. The reconciler asks every five seconds already, so this need not be often. */
const askEveryMs = 15_000
/** While programs are started and stopped, each is asked for separately, and all of them only this often. */
const askWorkingMs = 1_000
/** A key of the queue that is never an id. */
const engine = ':engine'

class SupervisorRunner implements ProcessRunner {
  readonly kind = 'supervisor'
  readonly #options: SupervisorRunnerOptions
  readonly #records: ProcessRecords
  readonly #supervisor: Supervisor
  readonly #journal: SupervisorJournal
  readonly #lookout: JournalLookout
  readonly #keeper: LimitKeeper
  readonly #processes: SupervisedProcesses
  readonly #ports: SupervisedPorts
  readonly #queue = keyedQueue()
  readonly #starting = new Set<string>()
  #isOpen = false
  #seenVersion = ''

  constructor(options: SupervisorRunnerOptions) {
    const { folder, onError } = options
    this.#options = options
    this.#records = processRecords(supervisorRecords(folder))
    const limiter = resourceLimits({
      owner: folder,
      stateFile: join(folder, 'cgroups.json'),
      ...(options.examine && { examine: options.examine }),
    })
    const daemon = new SupervisorDaemon(options)
    const programs = new SupervisorPrograms({ ...options, daemon, limiter })
    this.#supervisor = { daemon, programs, limiter }
    const journal = join(folder, supervisorFiles.log)
    this.#journal = supervisorJournal(journal)
    this.#lookout = new JournalLookout(journal)
    this.#keeper = limitKeeper({ limiter, watched: () => this.#wanted(), onError })
    this.#processes = new SupervisedProcesses({
      programs,
      journal: this.#journal,
      keeper: this.#keeper,
      records: this.#records,
      host: options.ports.host,
      listenersOf: (record) => this.#ports.listenersOf(record),
      lossOf: (record) => this.#ports.lossOf(record),
      onLostPort: (id, pauseMs) => this.#later(id, (record) => this.#ports.leave(record, pauseMs)),
      onExited: (id) => this.#later(id, (record) => endLeftovers(this.#supervisor, record.spec)),
      onCrashLoop: (id) => this.#later(id, (record) => this.#giveUp(record)),
    })
    this.#ports = new SupervisedPorts({
      supervisor: this.#supervisor,
      processes: this.#processes,
      keeper: this.#keeper,
      records: this.#records,
      ports: options.ports,
      onError,
      later: (id, work) => this.#later(id, work),
    })
  }

  #wanted(): ProcessSpec[] {
    return [...this.#processes.known.values()]
      .filter(({ desired }) => desired === 'running')
      .map(({ spec }) => spec)
  }

  open(): Promise<void> {
    return this.#queue.run(engine, async () => {
      if (this.#isOpen) return
      await this.#supervisor.programs.prepare()
      await mkdir(dirname(this.#options.recordPath), { recursive: true })
      await this.#processes.load()
      await this.#supervisor.limiter.open(new Set(this.#processes.known.keys()))
      await ensureEngine(this.#supervisor, this.#processes, this.#ports)
      this.#isOpen = true
      this.#keeper.start()
      this.#ports.start()
      this.#lookout.open()
      for (const { spec, isEnding } of this.#processes.known.values())
        if (isEnding) this.#later(spec.id, (record) => this.#stopNow(record))
      this.#lookAgain()
    })
  }

  async add(specs: readonly ProcessSpec[]): Promise<void> {
    await this.#needEngine()
    await this.#queue.run(engine, () => this.#addNew(specs))
  }

  async #addNew(specs: readonly ProcessSpec[]): Promise<void> {
    const { known } = this.#processes
    const fresh = specs.filter((spec) => !known.has(spec.id))
    if (fresh.length === 0) return
    for (const spec of fresh) refuseImage(spec)
    const { programs } = this.#supervisor
    const records = fresh.map((spec) => newRecord({ ...spec }, programs.socketOf(spec)))
    await programs.add(records.map((record) => this.#ports.launched(record)))
    await Promise.all(records.map((record) => this.#records.save(record)))
    for (const record of records) known.set(record.spec.id, record)
    await this.#processes.refresh()
  }

  async remove(id: string): Promise<void> {
    await this.#needEngine()
    await this.#queue.run(id, async () => {
      const record = this.#processes.known.get(id)
      if (!record) return
      await this.#stopNow(record)
      await this.#queue.run(engine, () => this.#supervisor.programs.remove(id))
      await this.#supervisor.limiter.forget(id)
      await this.#options.ports.release(id)
      await this.#processes.forget(id)
    })
  }

  async start(id: string): Promise<void> {
    await this.#needEngine()
    await this.#queue.run(id, () => this.#startNow(this.#processes.find(id)))
  }

  async #startNow(record: ProcessRecord): Promise<void> {
    const { id } = record.spec
    const { daemon, programs } = this.#supervisor
    this.#starting.add(id)
    try {
      await this.#processes.readJournal()
      if (await isAtRest(programs, id)) {
        await this.#ports.choose(record)
        this.#processes.endSeries(id)
      }
      this.#processes.moving.delete(id)
      this.#keeper.begin(id)
      record.desired = 'running'
      record.isEnding = false
      record.fatal = null
      await this.#records.save(record)
      await spawnProgram(daemon, id)
      await this.#processes.refreshOne(record)
    } finally {
      this.#starting.delete(id)
    }
  }

  async stop(id: string): Promise<void> {
    await this.#needEngine()
    await this.#queue.run(id, () => this.#stopNow(this.#processes.find(id)))
  }

  async #stopNow(record: ProcessRecord): Promise<void> {
    const { id } = record.spec
    this.#processes.moving.delete(id)
    await this.#whileStopping(id, async () => {
      record.desired = 'stopped'
      record.isEnding = true
      await this.#records.save(record)
      this.#processes.publish(record)
      await endProgram(this.#supervisor, record.spec)
      record.isEnding = false
      record.fatal = null
      await this.#records.save(record)
    })
    await this.#processes.refreshOne(record)
  }

  async #whileStopping(id: string, work: () => Promise<void>): Promise<void> {
    const { stopping } = this.#processes
    stopping.add(id)
    try {
      await work()
    } finally {
      stopping.delete(id)
    }
  }

  async listener(id: string): Promise<PortListener> {
    return this.#ports.listener(this.#processes.find(id))
  }

  async reports(): Promise<Map<string, ProcessReport>> {
    await this.#needEngine()
    return this.#processes.refresh()
  }

  watch(onChange: (report: ProcessReport) => void): () => void {
    return this.#processes.watch(onChange)
  }

  async close(): Promise<void> {
    this.#isOpen = false
    this.#lookout.close()
    this.#keeper.close()
    this.#ports.close()
    await this.#queue.settled()
  }

  async shutdown(limit?: { graceMs: number }): Promise<void> {
    const { known } = this.#processes
    if (limit) for (const record of known.values()) limitGrace(record, limit.graceMs)
    await everyEnd([...known.keys()].map((id) => this.remove(id))).finally(async () => {
      await this.close()
      // Also after a failure: it would start again what is killed from then on.
      await this.#supervisor.daemon.end()
    })
    await this.#supervisor.limiter.dispose()
  }

  /** Runs work in the background, in turn with the calls for this process. */
  #later(id: string, work: (record: ProcessRecord) => Promise<void>): void {
    const carryOut = async () => {
      const record = this.#processes.known.get(id)
      if (this.#isOpen && record) await work(record)
    }
    this.#queue.run(id, carryOut).catch(this.#options.onError)
  }

  async #giveUp(record: ProcessRecord): Promise<void> {
    const reason = this.#processes.loopReason(record.spec.id)
    if (record.desired !== 'running' || record.fatal !== null || reason === null) return
    await this.#whileStopping(record.spec.id, () => giveUpProgram(this.#supervisor, record, reason))
    // Stored only now: after a kill in between, the next runner gives it up again, instead of leaving it to supervisord.
    await this.#records.save(record)
    await this.#processes.refreshOne(record)
  }

  /** Starts supervisord again if it has been ended. */
  async #reviveEngine(): Promise<void> {
    if (!this.#isOpen || (await this.#supervisor.daemon.isAlive())) return
    await ensureEngine(this.#supervisor, this.#processes, this.#ports)
    this.#ports.moveWaiting()
  }

  /** Throws if the runner is not open, and starts supervisord again if it has been ended. Whatever asks supervisord calls this first. */
  async #needEngine(): Promise<void> {
    if (!this.#isOpen) throw supervisorUnavailable({ why: 'the runner is not open', lines: [] })
    if (!(await this.#supervisor.daemon.isAlive())) await this.#queue.run(engine, () => this.#reviveEngine())
  }

  async #refresh(): Promise<void> {
    if (!this.#isOpen) return
    await this.#reviveEngine()
    const version = await this.#journal.version()
    const isWorking = this.#starting.size + this.#processes.stopping.size > 0
    const quietMs = version === this.#seenVersion ? askEveryMs : isWorking ? askWorkingMs : 0
    if (Date.now() - this.#processes.askedAt < quietMs) return
    this.#seenVersion = version
    await this.#processes.refresh()
  }

  #lookAgain(): void {
    const look = () => this.#queue.run(engine, () => this.#refresh()).catch(this.#options.onError)
    void this.#lookout
      .next()
      .then(look)
      .then(() => this.#isOpen && this.#lookAgain())
  }
}

/**
 * Runs processes under a private supervisord. It restarts processes that exit even while the control plane is
 * not running. It ends only with the machine or if someone kills it. Then it is started again with the
 * desired processes.
 */
export const supervisorRunner = (options: SupervisorRunnerOptions): ProcessRunner =>
  new SupervisorRunner(options)
